"""Reading cells: dates, costs, currencies."""
