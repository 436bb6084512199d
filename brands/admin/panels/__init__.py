"""What a brand's page shows above its form: its state, its budgets, the month, its campaigns, and what happened."""
