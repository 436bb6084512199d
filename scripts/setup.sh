# The set-up that run_all.sh and run_tests.sh share: a Python that will do, the virtual environment in venv/, and the
# pinned dependencies in it. Sourced from the project's folder; works with bash 3.2, the one macOS has.

fail() {
    echo "$1" >&2
    exit 1
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
    local found
    found=$(python3 -V 2>&1) || found="no Python"
    fail "Python 3.11 or newer is needed and this machine has $found; install one and run this again: $(how_to_install python@3.13 'python3.11 python3.11-venv')"
}

make_venv() {
    if [ -x venv/bin/python ] && venv/bin/python -c '' >/dev/null 2>&1; then
        new_enough venv/bin/python ||
            fail "venv/ was made with $(venv/bin/python -V 2>&1) and 3.11 or newer is needed; run this again after: rm -r venv"
        return
    fi
    find_python
    "$PYTHON" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
        fail "$("$PYTHON" -V 2>&1) comes without venv; install it and run this again: $(how_to_install python@3.13 "$("$PYTHON" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')")"
    echo "Making the virtual environment venv/ with $("$PYTHON" -V 2>&1) …"
    "$PYTHON" -m venv --clear venv || fail "The virtual environment could not be made; the lines above say why."
}

# With uv, which is much faster, where it can be had and works; it is told to trust what the system trusts.
install_with_uv() {
    local uv=venv/bin/uv pin
    if command -v uv >/dev/null 2>&1; then
        uv=uv
    elif [ ! -x "$uv" ]; then
        pin=$(grep '^uv==' requirements.txt) &&
            venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --retries 1 "$pin" \
                >/dev/null 2>&1 || return 1
    fi
    UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true UV_HTTP_TIMEOUT=30 UV_HTTP_RETRIES=1 \
        "$uv" pip install --quiet --python venv/bin/python --requirements requirements.txt >/dev/null 2>&1
}

install_with_pip() {
    venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
}

# The stamp tells what is installed, so that a second run need not look.
install_dependencies() {
    if cmp -s requirements.txt venv/installed-requirements.txt; then
        return
    fi
    echo "Installing the dependencies of requirements.txt into venv/ …"
    install_with_uv || install_with_pip ||
        fail "The dependencies could not be installed; the lines above say why (no network?)."
    cp requirements.txt venv/installed-requirements.txt
}

set_up() {
    make_venv
    install_dependencies
    # Also for what is started from here: commands are found in the virtual environment first.
    PATH="$PWD/venv/bin:$PATH"
    export PATH
}
