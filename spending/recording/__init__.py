"""Recording entries: one, many, and what both share."""
