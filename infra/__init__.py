"""The tools around the product: the local stack, set-up, operations, the demonstration."""
