"""Duplicates: finding them, merging them, taking a merge back (R5.1)."""
