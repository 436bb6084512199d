"""The programs behind `run_all.sh` and `run_tests.sh`."""

from scripts.libraries import explain_missing

explain_missing()
