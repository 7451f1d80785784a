"""Anomalies: what is wrong or missing in a customer's record, told on it and listed to be corrected (R5.2)."""
