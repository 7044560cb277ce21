"""What a load test is told by its environment."""

import os

RATE = float(os.environ.get("RATE") or 50)
"""Requests a second, all roles together; reading one's own write back is one, too."""
