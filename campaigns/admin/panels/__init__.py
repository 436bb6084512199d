"""What a campaign's page shows above its form: its status and why, its budgets, and what happened."""
