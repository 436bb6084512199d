"""What a file says as a whole: its units, its notation, and each line's day and cost."""
