#!/usr/bin/env bash
# Sets up what is missing, then runs web, worker, sender and beat until Ctrl-C.
#
#   ./run_all.sh           the system, on http://localhost:8000
#   ./run_all.sh --demo    the same with an agency's data to look at
#   PORT=8001 ./run_all.sh where 8000 is taken
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. scripts/setup.sh
choose_log_form

for argument in "$@"; do
    case $argument in
        --demo) ;;
        *) fail "Usage: [PORT=8000] ./run_all.sh [--demo]" ;;
    esac
done

set_up requirements-run.txt # ./run_tests.sh adds what checks and tests
exec venv/bin/python -m scripts.run_all "$@"
