"""What leads decides: the lead itself, where its staff serve, and whose turn it is at an outlet."""
