"""Ctrl or ⌘ with K: customers, pages, views and actions from everywhere."""
