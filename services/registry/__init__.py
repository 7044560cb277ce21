"""Owns what the bank's own systems already know: units, staff, customers, holdings, use, balances, relationships."""
