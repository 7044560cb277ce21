"""Owns the pages where teams look and work, and the projections behind them."""
