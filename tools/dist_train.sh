#!/usr/bin/env bash
# Train on several processes of this machine: GPUs over NCCL, else CPUs over
# gloo.
#   tools/dist_train.sh CONFIG PROCESSES [arguments of tools/train.py]
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 2; }
exec "$(dirname "$0")/dist_run.sh" "$2" train.py "$1" "${@:3}"
