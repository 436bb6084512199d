"""How brands and capped campaigns spend their budgets of the day and the month."""
