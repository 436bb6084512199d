"""Attackers' scripts, and honest traffic beside them."""
