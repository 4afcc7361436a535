#!/usr/bin/env bash
# Train as a Slurm job; see slurm_run.sh for its variables.
#   tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [arguments]
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0"; exit 2; }
exec "$(dirname "$0")/slurm_run.sh" "$1" "$2" train.py "$3" --work-dir="$4" "${@:5}"
