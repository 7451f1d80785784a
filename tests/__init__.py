"""Tests mirror the tree of `crm_app/`."""
