"""What happened to a campaign or brand: what the rules decided, what people ordered and changed, newest first."""
