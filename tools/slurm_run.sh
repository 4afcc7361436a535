#!/usr/bin/env bash
# Run a tool as a Slurm job. slurm_train.sh and slurm_test.sh are made of it.
#   [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS=...] \
#   [BATCH=1] [SBATCH_ARGS=...] [SAVE_BEFORE_END=120] \
#   tools/slurm_run.sh PARTITION JOB_NAME TOOL [arguments of the tool]
# SAVE_BEFORE_END seconds before the job's time is up Slurm sends SIGUSR1: a
# training saves and exits with 138. BATCH=1 submits a batch job, which then
# requeues itself, as it is after a preemption, and goes on by --resume.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
GPUS=${GPUS:-8}
GPUS_PER_NODE=${GPUS_PER_NODE:-$((GPUS < 8 ? GPUS : 8))}
request=(
    -p "$1" --job-name="$2" --gres="gpu:$GPUS_PER_NODE" --ntasks="$GPUS"
    --ntasks-per-node="$GPUS_PER_NODE" --cpus-per-task="${CPUS_PER_TASK:-5}"
    --signal="USR1@${SAVE_BEFORE_END:-120}"
)
if [ "${BATCH:-}" = 1 ]; then
    # shellcheck disable=SC2086
    exec sbatch "${request[@]}" --requeue --open-mode=append ${SBATCH_ARGS:-} \
        --wrap="BATCH=submitted $(printf '%q ' "$0" "$@")"
fi

python=$("$(dirname "$0")/find_python.sh")
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} MKL_NUM_THREADS=${MKL_NUM_THREADS:-1}
command=("$python" -u "$(dirname "$0")/$3" "${@:4}" --launcher slurm)
if [ "$3" = train.py ] && [ "${SLURM_RESTART_COUNT:-0}" != 0 ]; then
    command+=(--resume)
fi
# shellcheck disable=SC2206
run=(srun "${request[@]}" --kill-on-bad-exit=1 ${SRUN_ARGS:-} "${command[@]}")
# as itself, so that signals reach srun
[ "${BATCH:-}" = submitted ] || exec "${run[@]}"
status=0
"${run[@]}" || status=$?
[ $status != 138 ] || exec scontrol requeue "$SLURM_JOB_ID"
exit $status
