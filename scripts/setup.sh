# The set-up that run_all.sh and run_tests.sh share: a Python that will do, the virtual environment in venv/, and the
# pinned dependencies in it. Sourced from the project's folder; works with bash 3.2, the one macOS has.
#
# It may be interrupted at any moment, and be started twice at once: what is complete says so with a stamp, what has none
# is checked, and completed or made anew, and only one of them works on it at a time.

fail() {
    tell ERROR "$1" >&2
    exit 1
}

# Tell what is done: a sentence for a person, or one JSON object, as all processes write them, for a collector.
tell() { # level, sentence
    if [ "${LOG_FORMAT:-}" != json ]; then
        echo "$2"
        return
    fi
    local text=$2
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//[[:cntrl:]]/ }
    printf '{"at": "%s", "level": "%s", "logger": "setup", "message": "%s", "service": "manager"}\n' \
        "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" "$1" "$text"
}

# Run a program, and tell each line that it writes.
passing_on() { # program and arguments
    if [ "${LOG_FORMAT:-}" != json ]; then
        "$@"
        return
    fi
    "$@" 2>&1 | while IFS= read -r said || [ -n "$said" ]; do tell INFO "$said"; done
    return "${PIPESTATUS[0]}"
}

# Tell how to install what is missing, in this machine's words.
how_to_install() { # Homebrew's name, Debian's name
    if command -v brew >/dev/null 2>&1; then
        echo "brew install $1"
    elif command -v apt-get >/dev/null 2>&1; then
        echo "sudo apt-get install $2"
    elif [ "$(uname)" = Darwin ]; then
        echo "open https://www.python.org/downloads/"
    else
        echo "see https://www.python.org/downloads/"
    fi
}

new_enough() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if new_enough "$candidate"; then
            PYTHON=$candidate
            return
        fi
    done
    return 1
}

no_python() {
    local found
    found=$(python3 -V 2>&1) || found="no Python"
    fail "Python 3.11 or newer is needed and this machine has $found; install one and run this again: $(how_to_install python@3.13 'python3.11 python3.11-venv')"
}

venv_works() {
    [ -x venv/bin/python ] && venv/bin/python -I -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)' >/dev/null 2>&1
}

# The stamp says what was installed, and that it came to an end. All of it will do for a part too.
is_set_up() { # requirements
    { cmp -s "$1" venv/installed-requirements.txt || cmp -s requirements.txt venv/installed-requirements.txt; } 2>/dev/null &&
        venv_works && new_enough venv/bin/python
}

# One at a time: the lock is the open file's, so it ends with this script and all that it has started, however they end.
lock_venv() {
    local python=venv/bin/python take='import fcntl, sys; fcntl.flock(9, fcntl.LOCK_EX | int(sys.argv[1]) * fcntl.LOCK_NB)'
    if find_python; then python=$PYTHON; elif ! venv_works; then no_python; fi
    mkdir -p -m 700 .run 2>/dev/null && : 2>/dev/null >>.run/setup.lock ||
        fail "The folder .run in $PWD cannot be written to; make it yours to write, and run this again."
    exec 9>>.run/setup.lock
    if ! "$python" -c "$take" 1 2>/dev/null; then
        tell INFO "Another start is making venv/; waiting for it …"
        passing_on "$python" -c "$take" 0 || fail "The lock .run/setup.lock could not be taken; the lines above say why."
    fi
}

create_venv() {
    find_python || no_python
    "$PYTHON" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
        fail "$("$PYTHON" -V 2>&1) comes without venv; install it and run this again: $(how_to_install python@3.13 "$("$PYTHON" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')")"
    tell INFO "Making the virtual environment venv/ with $("$PYTHON" -V 2>&1) …"
    passing_on "$PYTHON" -m venv --clear venv || fail "The virtual environment could not be made; the lines above say why."
}

# Keep what is there, also if it was made by hand, unless something of it is missing.
make_venv() {
    if venv_works; then
        new_enough venv/bin/python ||
            fail "venv/ was made with $(venv/bin/python -V 2>&1) and 3.11 or newer is needed; run this again after: rm -r venv"
        local fault needed=pip
        if command -v uv >/dev/null 2>&1; then needed=""; fi
        # shellcheck disable=SC2086  # none, or one
        fault=$(venv/bin/python -I scripts/installed.py $needed 2>&1) && return
        tell INFO "venv/ is not whole ($fault)."
    fi
    create_venv
}

# With uv, which is much faster, where it can be had and works, in the version that requirements.txt pins; it is told to trust
# what the system trusts, and to compile the libraries as pip does: a process that may not write into venv/ would compile what
# it imports at each start.
install_with_uv() { # requirements
    local uv=venv/bin/uv
    if command -v uv >/dev/null 2>&1; then
        uv=uv
    elif [ ! -x "$uv" ]; then
        sed -n '/^uv==/,/[^\\]$/p' requirements.txt >venv/uv.txt
        [ -s venv/uv.txt ] || return 1
        venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --retries 1 \
            --require-hashes --requirement venv/uv.txt >/dev/null 2>&1 || return 1
    fi
    UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true UV_HTTP_TIMEOUT=30 UV_HTTP_RETRIES=1 \
        "$uv" pip install --quiet --compile-bytecode --python venv/bin/python --require-hashes --requirements "$1" >/dev/null 2>&1
}

install_with_pip() { # requirements
    passing_on venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$1"
}

install_dependencies() { # requirements
    tell INFO "Installing the dependencies of $1 into venv/ …"
    install_with_uv "$1" || install_with_pip "$1" ||
        fail "The dependencies could not be installed; the lines above say why (no network?)."
    passing_on cp "$1" venv/stamp && passing_on mv venv/stamp venv/installed-requirements.txt ||
        fail "venv/ in $PWD cannot be written to; make it yours to write, and run this again."
}

# Read a setting: the environment goes before .env.
setting() { # name
    if [ -n "${!1:-}" ]; then
        echo "${!1}"
    elif [ -f .env ]; then
        sed -n "s/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$1[[:space:]]*=[[:space:]]*[\"']\{0,1\}\([A-Za-z0-9]*\).*/\2/p" .env | tail -n 1
    fi
}

# From here on, what is told is in the form of the log; the Python that runs next begins before it has read .env.
choose_log_form() {
    if [ "$(setting LOG_FORMAT)" = json ]; then
        LOG_FORMAT=json
        export LOG_FORMAT
    fi
}

set_up() { # requirements
    if ! is_set_up "$1"; then
        lock_venv
        if ! is_set_up "$1"; then
            rm -f venv/installed-requirements.txt
            make_venv
            install_dependencies "$1"
        fi
        exec 9>&-
    fi
    # Also for what is started from here: commands are found in the virtual environment first.
    PATH="$PWD/venv/bin:$PATH"
    export PATH
}
