"""Faults under load, on a stack of its own: every promise is broken at where it could break, and must hold."""
