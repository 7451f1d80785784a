"""Changing many customers at once, with a preview, in the background, and back again (R3.6)."""
