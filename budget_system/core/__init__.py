"""What every app stands on: money, fields, validation of values, texts, errors, actors, and retrying."""
