"""Brands, and the history of rows, over REST."""
