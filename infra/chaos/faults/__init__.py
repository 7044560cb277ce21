"""The faults, by name. Each breaks one thing, says what it was, and mends it."""
