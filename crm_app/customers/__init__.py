"""The customer record: create, edit, contacts, tags, owner, level, field history, duplicates, and the form page."""
