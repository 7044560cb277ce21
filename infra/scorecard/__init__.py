"""Learning a scorecard from leads whose outcome is known (rule L5). Scoring needs nothing of this."""
