"""What a report would do, worked out before anything is written."""
