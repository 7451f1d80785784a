"""Vocabulary and machinery that every slice stands on; knows no slice."""
