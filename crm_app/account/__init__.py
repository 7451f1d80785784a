"""The person's own account: sign-in, password, sessions, first administrator; and the start page."""
