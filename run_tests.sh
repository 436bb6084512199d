#!/usr/bin/env bash
# Sets up what is missing, then checks and tests.
#
#   ./run_tests.sh               formatting, lint, types, imports, migrations, all tests on SQLite and PostgreSQL
#   ./run_tests.sh --fast        formatting, lint, types, imports, migrations, the tests of the domain's apps on SQLite
#                                without those that start processes and the slow ones: for while one works
#   ./run_tests.sh --soak        all of it with the long doses
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

# In a group of its own, so that Ctrl-C reaches this script alone, which waits for no command then but ends them all.
apart() { # command…
    set -m
    "$@" </dev/null &
    set +m
}

here() { # command…
    apart "$@"
    wait $!
}

# Long tests that mostly wait or have no need of others run beside the rest; what they print is shown at the end.
outputs=() processes=()
aside() { # command…
    local output
    output=$(mktemp)
    apart "$@" >"$output" 2>&1
    processes+=($!) outputs+=("$output")
}

ended() { # which of them, from 0
    wait "${processes[$1]}"
    local status=$?
    cat "${outputs[$1]}"
    return "$status"
}

# Whatever is started from here bears a mark in its environment, and has its temporary files in one folder. The shells
# that start one check after the other do not bear it; told first, they start no other once theirs is ended.
clean_up() {
    trap '' INT TERM HUP
    [ ${#processes[@]} -eq 0 ] || kill -INT "${processes[@]}" 2>/dev/null
    python -m scripts.marked_processes "BUDGET_TESTS=$BUDGET_TESTS"
    rm -rf "$TMPDIR"
}

on_sqlite() { # which, by their marks; what else pytest takes…
    local marks=$1
    shift
    TEST_DATABASE_URL="" python -m pytest -q -m "$marks" "$@"
}

all_marks="not postgres"
with_processes="not postgres and processes"
without_processes="not postgres and not processes"
quick="$without_processes and not slow"

static_checks() {
    check "formatting" here ruff format --check --quiet .
    check "lint" here ruff check --quiet .
    check "imports" here lint-imports
    check "migrations" here migrations
}

# The apps of the domain, two at a time on two cores.
fast() {
    aside on_sqlite "$quick" spending scheduling
    aside mypy .
    static_checks
    check "tests of alerts, brands, campaigns and delivery" here on_sqlite "$quick" alerts brands campaigns delivery
    check "types" ended 1
    check "tests of spending and scheduling" ended 0
}

# Three at a time, on two cores: much of what runs beside waits. Those of the running system measure seconds, and come one
# after the other, first of their part; no one of the three takes much longer than the others.
oracle=tests/test_oracle_machine.py
running="tests/faults/test_running.py tests/faults/test_run_all.py tests/faults/test_run_tests.py tests/fuzz"
running_then_whole_then_oracle() {
    trap 'exit 130' INT
    # shellcheck disable=SC2086  # paths
    check "the running system under faults and a fuzzer" on_sqlite "$all_marks" -s $running
    check "tests of the whole on SQLite" on_sqlite "$without_processes" tests "${apart_from[@]}"
    check "the system against its oracle" on_sqlite "$all_marks" -s "$oracle"
    [ -z "$failed" ]
}

processes_then_browser() {
    trap 'exit 130' INT
    check "tests that start processes" on_sqlite "$with_processes" "${apart_from[@]}"
    check "the admin in a browser" in_browser
    [ -z "$failed" ]
}

# Some tests need what no Python package brings: where CI may install it, it does; elsewhere they are skipped, and say so.
# RUNLEVEL keeps Debian from starting a server.
install() { # command, Debian's package, what for
    if [ -n "${CI:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && ! command -v "$1" >/dev/null 2>&1; then
        echo "Installing $1, for $3 …"
        { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"; } >/dev/null 2>&1 ||
            echo "$1 could not be installed; $3 is left out."
    fi
}

# In the everyday doses, which have been through once by then.
behind_pooler() {
    BUDGET_SOAK="" python -m scripts.pgbouncer python -m pytest -q --reuse-db -m "postgres or both_databases"
}

in_browser() {
    python -m tests.browser.chromium || return 0 # it has said why
    on_sqlite "$all_marks" tests/browser
}

no_settings_file() {
    [ ! -e .env ] || { echo "A test has made an .env in the project's folder." && false; }
}

set_up requirements.txt
unset PYTHONDONTWRITEBYTECODE # hundreds of processes are started, each of which would compile all that it imports
BUDGET_TESTS=$$-$RANDOM$RANDOM
TMPDIR=$(mktemp -d) || fail "There is no room for temporary files; TMPDIR says where it is sought."
chmod 711 "$TMPDIR" # a PostgreSQL of root's runs as another user
export BUDGET_TESTS TMPDIR
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

if [ "${1:-}" = --soak ]; then
    export BUDGET_SOAK=1
    shift
fi

if [ "${1:-}" = --fast ]; then
    [ $# -eq 1 ] || fail "--fast takes nothing beside it; to run some tests only, leave it out: ./run_tests.sh brands"
    fast
    verdict
fi

if [ $# -gt 0 ]; then
    check "tests" python manage.py test --noinput "$@"
    verdict
fi

install nginx nginx-light "the test behind a proxy"
install node nodejs "the tests of the scripts for the platforms"
[ -z "${BUDGET_SOAK:-}" ] || install pgbouncer pgbouncer "PostgreSQL behind a pooler"
install chromium chromium "the tests in a browser"
[ -e .env ] && had_env=yes || had_env=""
apart_from=("--ignore=$oracle")
for path in $running tests/hostile tests/browser; do apart_from+=("--ignore=$path"); done
aside processes_then_browser
aside running_then_whole_then_oracle
static_checks
check "types" here mypy .
check "tests of the apps on SQLite" here on_sqlite "$without_processes" --ignore=tests
check "tests on PostgreSQL" here on_postgres python -m pytest -q -m "postgres or both_databases"
check "tests that start processes, and the browser" ended 0
check "the running system, the whole on SQLite, and the system against its oracle" ended 1
# Alone, for it measures seconds too: attackers, the server and honest clients share the cores.
[ -z "${BUDGET_SOAK:-}" ] || check "the running system under attack" here on_sqlite "$all_marks" -s tests/hostile
[ -z "${BUDGET_SOAK:-}" ] || check "PostgreSQL behind a pooler" here behind_pooler
[ -z "${BUDGET_SOAK:-}" ] || check "known bugs, each caught" here on_postgres python -m tests.mutants
[ -n "$had_env" ] || check "the project's folder" no_settings_file
verdict
