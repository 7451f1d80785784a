"""Saved views (R3.5): names for what a list shows, shared and pinned; knows lists by name only, see `kinds`."""
