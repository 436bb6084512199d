"""Who may see and change which brand: memberships, roles and tokens."""
