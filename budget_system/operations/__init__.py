"""Running the system: startup checks, logging, redaction, broker, databases, backups."""
