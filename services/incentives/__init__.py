"""Owns the incentive plans, the ledger of credit that explains itself, and the statements that HR pulls."""
