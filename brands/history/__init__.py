"""What people changed: recorded with every change, and listed."""
