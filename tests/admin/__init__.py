"""Tests of first run, accounts, demonstration data and the integrity check."""
