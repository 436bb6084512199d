"""What is done at platforms: pushing what is wanted, reading costs, seeing where they differ."""
