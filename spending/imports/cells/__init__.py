"""What cells say: dates, costs, currencies."""
