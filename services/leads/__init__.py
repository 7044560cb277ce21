"""Owns joint leads: who opened them, who owns them, how the credit is split, and how they end."""
