"""What the administrator and the person at the machine do: first run, accounts, demonstration data, integrity check."""
