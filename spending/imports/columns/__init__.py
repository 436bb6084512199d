"""Which column is which, by the names that platforms give them."""
