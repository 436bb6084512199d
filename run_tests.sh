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

# Long tests that mostly wait or have no need of others run beside the rest; what they print is shown at the end.
outputs=() processes=()
aside() { # path…
    local output
    output=$(mktemp)
    set -m # a group of its own, which can be interrupted: so it ends what it started
    TEST_DATABASE_URL="" python -m pytest -q -s -m "not postgres" "$@" >"$output" 2>&1 </dev/null &
    set +m
    processes+=($!) outputs+=("$output")
}

ended() { # which of them, from 0
    wait "${processes[$1]}"
    local status=$?
    cat "${outputs[$1]}"
    return "$status"
}

clean_up() {
    for process in "${processes[@]}"; do kill -INT -- "-$process" 2>/dev/null; done
    wait "${processes[@]}" 2>/dev/null
    rm -f "${outputs[@]}"
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
oracle=tests/test_oracle_machine.py running="tests/faults/test_running.py tests/fuzz"
trap clean_up EXIT
trap 'exit 130' INT TERM
aside "$oracle"
# shellcheck disable=SC2086  # two paths
aside $running
check "tests on SQLite" on_sqlite python -m pytest -q -m "not postgres" --ignore="$oracle" \
    --ignore=tests/faults/test_running.py --ignore=tests/fuzz
check "tests on PostgreSQL" on_postgres python -m pytest -q -m "postgres or both_databases"
check "the running system under faults and a fuzzer" ended 1
check "the system against its oracle" ended 0
[ -z "${BUDGET_SOAK:-}" ] || check "known bugs, each caught" on_postgres python -m tests.mutants
verdict
