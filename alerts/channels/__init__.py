"""The channels by which people are told: to whom an alert goes, and how."""
