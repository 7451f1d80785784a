"""A customer data management system that a team hosts itself."""
