"""The recycle bin: customers that were deleted, for thirty days (R11.3)."""
