"""Plans of incentives as files, and what they would change."""
