"""What a load test is told by its environment."""

import os

RATE = float(os.environ.get("RATE") or 50)
"""Acts a second, all roles together: a request each, and a read back after some commands."""
