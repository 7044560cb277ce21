"""Owns the product catalogue, the bundle rules with their reasons, and every offer from proposal to use."""
