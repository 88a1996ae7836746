#!/bin/sh
# Print a Python that Berth runs on (3.11 to 3.14): $1 if given, else the first that works, one with venv preferred.
candidates=${1:-"python3.13 python3.12 python3.11 python3.14 python3"}
right='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
for test in "$right; import ensurepip, venv" "$right"; do
    for python in $candidates; do
        if "$python" -c "import sys; $test" >/dev/null 2>&1; then
            command -v "$python"
            exit 0
        fi
    done
done
echo "Berth needs Python 3.11, 3.12, 3.13 or 3.14, and none of these is one: $candidates." >&2
echo "Install it (on Debian or Ubuntu: apt-get install python3 python3-venv), or say where it is: make PYTHON=/path/to/python" >&2
exit 1
