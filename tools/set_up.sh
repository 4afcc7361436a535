#!/usr/bin/env bash
# Make .venv beside this folder and install the plugin into it.
#   tools/set_up.sh [EXTRAS]     for example: tools/set_up.sh test
set -euo pipefail
case ${1:-} in -*) sed -n '2,3s/^# \{0,1\}//p' "$0"; exit 2 ;; esac
cd "$(dirname "$0")/.."
python3 -m venv .venv
.venv/bin/python -m pip install --quiet -e ".${1:+[$1]}"
