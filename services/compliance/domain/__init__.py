"""The check of one opening, and the watch over one holding: each decided by officers who are independent of the sale."""
