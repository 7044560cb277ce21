"""What registry decides: rows of feeds, who may see or erase a person's data, tiers of customers, who left or moved."""
