"""Registry's rules as data, each table with its versions: who may unmask what, tiers of customers, staffing norms."""
