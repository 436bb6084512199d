"""Whether all parts of the system work, and who learns of it where they do not."""
