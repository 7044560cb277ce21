"""Services as nameko's own documentation would write them: what ours is measured beside, and no part of the product."""
