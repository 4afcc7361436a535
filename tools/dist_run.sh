#!/usr/bin/env bash
# Run a tool on several processes of this machine: GPUs over NCCL, else CPUs
# over gloo. dist_train.sh and dist_test.sh are made of it.
#   tools/dist_run.sh PROCESSES TOOL [arguments of the tool]
# SIGTERM, SIGINT and SIGUSR1 (as SIGTERM) are passed on to the processes, which
# save; those that have not ended after 30 s are killed.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }

# SIGUSR1, which batch systems send, would end the launcher alone
launch='import os, signal
from torch.distributed.run import main
signal.signal(signal.SIGUSR1, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
main()'
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} MKL_NUM_THREADS=${MKL_NUM_THREADS:-1}
python=$("$(dirname "$0")/find_python.sh")
exec "$python" -c "$launch" \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$1" \
    "$(dirname "$0")/$2" "${@:3}" --launcher pytorch
