"""The dashboard: key figures and charts over the customers that a person reaches (R9.1)."""
