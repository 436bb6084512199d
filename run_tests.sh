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
    DATABASE_URL="sqlite://:memory:" python manage.py makemigrations --check --dry-run
}

on_postgres() {
    if [ -n "${TEST_DATABASE_URL:-}" ]; then
        "$@"
    else
        python -m scripts.postgres "$@"
    fi
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
check "tests on SQLite" on_sqlite python -m pytest -q -m "not postgres"
check "tests on PostgreSQL" on_postgres python -m pytest -q -m "postgres or both_databases"
verdict
