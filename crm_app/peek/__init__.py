"""The essence of one customer beside a list."""
