"""Demonstration data: a fictional company with its customers, deterministic for a seed and a moment."""
