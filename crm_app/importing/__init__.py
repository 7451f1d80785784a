"""Bringing in a company's spreadsheets (R4.1, R4.2): read, mapped, checked, and written as a whole or not at all."""
