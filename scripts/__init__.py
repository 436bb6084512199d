"""What `run_all.sh` and `run_tests.sh` are made of."""
