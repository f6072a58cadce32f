#!/usr/bin/env bash
# In: a virtual environment's path, requirement files beside this script, PYTHON (optional).
# Out: that environment with exactly the versions of constraints.txt, and its stamp .installed.
# What stops it is told in one sentence.
set -euo pipefail

venv=${1:?usage: install.sh VENV}
here=$(cd "$(dirname "$0")" && pwd)
oldest='3.11'
needed_gib=8

stop() {
    echo "make: $1" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3 python3.12 python3.13}; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    stop "Python $oldest or newer is needed and none was found; install it or name it: make PYTHON=/path/to/python3.11"
}

check_disk() {
    local free_kib
    free_kib=$(df -Pk "$(dirname "$venv")" | awk 'NR == 2 {print $4}')
    if ((free_kib < needed_gib * 1024 * 1024)); then
        stop "the environment needs $needed_gib GiB and this disk has $((free_kib / 1024 / 1024)) GiB free; make room and run make again"
    fi
}

create() {
    local python
    python=$(find_python)
    check_disk
    echo "Creating $venv with $("$python" --version)" >&2
    "$python" -m venv --clear "$venv" >/dev/null ||
        stop "$python cannot create a virtual environment; on Debian and Ubuntu install its python3-venv package"
}

install() {
    local requirements=(--requirement "$here/dev.txt" --constraint "$here/constraints.txt")
    local pip=("$venv/bin/python" -m pip --disable-pip-version-check)
    if [[ ${INSTALLER:-uv} == uv ]]; then
        "${pip[@]}" install --quiet --constraint "$here/constraints.txt" uv || true
        # uv knows nothing of pip's own settings (a mirror, say): where it fails, pip has the last word.
        "$venv/bin/uv" pip install --compile-bytecode --python "$venv/bin/python" "${requirements[@]}" && return
        echo "uv could not install everything; trying pip" >&2
    fi
    "${pip[@]}" install "${requirements[@]}" ||
        stop "the packages could not be installed; see the messages above, then run make again"
}

is_new_enough "$venv/bin/python" || create
install
touch "$venv/.installed"
