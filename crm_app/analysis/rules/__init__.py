"""Decisions of the dashboard on plain values."""
