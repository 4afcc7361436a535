#!/usr/bin/env bash
# Evaluate a checkpoint as a Slurm job; see slurm_run.sh for its variables.
#   tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments]
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0"; exit 2; }
exec "$(dirname "$0")/slurm_run.sh" "$1" "$2" test.py "${@:3}"
