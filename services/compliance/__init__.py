"""Owns the independent check of each opening, and the alerts on what happens after it."""
