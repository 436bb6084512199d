"""Campaigns and their status events over REST."""
