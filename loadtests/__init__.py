"""Load on the public API, as operations would make it, and what must hold afterwards."""
