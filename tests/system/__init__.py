"""What `test_system.py` is made of: a running system of its own, and a client that knows nothing of the inside."""
