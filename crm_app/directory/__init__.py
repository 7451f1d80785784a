"""The customer list: filters, search, columns, pages."""
