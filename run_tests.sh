#!/usr/bin/env bash
# Sets up what is missing, then checks and tests.
#
#   ./run_tests.sh               formatting, lint, types, imports, migrations, all tests on SQLite and PostgreSQL
#   ./run_tests.sh --soak        the same with the long doses
#   ./run_tests.sh LABEL…        these tests only, on one database (SQLite): what `manage.py test` takes, as in
#                                brands, test_api_endpoints.BrandAPITests.test_create_brand_success, brands -v 2
#
# PostgreSQL is that of TEST_DATABASE_URL, else one is started for the run and removed after it.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. scripts/setup.sh

failed=""
check() { # name, command…
    local name=$1
    shift
    echo
    echo "== $name"
    "$@" || failed="$failed, $name"
}

verdict() {
    echo
    if [ -z "$failed" ]; then
        echo "✅ ALL TESTS PASSED!"
        exit 0
    fi
    [ "$failed" = ", tests" ] || echo "Failed: ${failed#, }"
    echo "❌ SOME TESTS FAILED! Check the output above."
    exit 1
}

# No migration is missing; asked without a database, and whatever .env says.
migrations() {
    DATABASE_URL="sqlite://:memory:" python manage.py makemigrations --check --dry-run --skip-checks
}

on_postgres() {
    if [ -n "${TEST_DATABASE_URL:-}" ]; then
        "$@"
    else
        python -m scripts.postgres "$@"
    fi
}

oracle=tests/test_oracle_machine.py

oracle_agrees() {
    wait "$oracle_process"
    local status=$?
    cat "$oracle_output"
    return "$status"
}

on_sqlite() {
    TEST_DATABASE_URL="" "$@"
}

set_up

if [ "${1:-}" = --soak ]; then
    export BUDGET_SOAK=1
    shift
fi

if [ $# -gt 0 ]; then
    check "tests" python manage.py test --noinput "$@"
    verdict
fi

check "formatting" ruff format --check --quiet .
check "lint" ruff check --quiet .
check "types" mypy .
check "imports" lint-imports
check "migrations" migrations
# The longest test has a core to itself; what it prints is shown when it is done.
oracle_output=$(mktemp)
TEST_DATABASE_URL="" python -m pytest -q -s "$oracle" >"$oracle_output" 2>&1 &
oracle_process=$!
trap 'kill "$oracle_process" 2>/dev/null; rm -f "$oracle_output"' EXIT
trap 'exit 130' INT TERM
check "tests on SQLite" on_sqlite python -m pytest -q -m "not postgres" --ignore="$oracle"
check "tests on PostgreSQL" on_postgres python -m pytest -q -m "postgres or both_databases"
check "the system against its oracle" oracle_agrees
[ -z "${BUDGET_SOAK:-}" ] || check "known bugs, each caught" on_postgres python -m tests.mutants
verdict
