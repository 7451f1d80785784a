"""What a crash at any moment leaves behind."""
