"""The aggregates of incentives, a file each, and the pure function between facts and credit."""
