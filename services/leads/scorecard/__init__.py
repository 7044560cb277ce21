"""Rule L5: a lead's score as integer points that add up, from a card that is data and names itself by its content."""
