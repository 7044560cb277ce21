"""Pure code only: no clock, no randomness, no network, no database."""
