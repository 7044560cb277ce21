"""The check of an opening and the watch over a holding: decided by officers who are independent of the sale."""
