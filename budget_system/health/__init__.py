"""Whether everything is alive, and who is told where it is not."""
