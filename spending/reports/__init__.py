"""What is read: figures, months, exports."""
