"""Tests of drop-down lists and tags."""
