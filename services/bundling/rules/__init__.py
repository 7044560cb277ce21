"""What bundling knows by rule: the catalogue, the bundles and their conditions, and what counts as use. All data."""
