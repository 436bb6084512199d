"""Delivery over REST: what an account's script asks and acknowledges, and the switch of a whole brand."""
