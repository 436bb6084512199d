"""What `run_all.sh` and `run_tests.sh` are made of."""

from scripts.libraries import explain_missing

explain_missing()
