"""Owns what links companies and people, and the opportunities that a win brings to those linked with it."""
