#!/usr/bin/env bash
# Run a tool on several processes of this machine: GPUs over NCCL, else CPUs
# over gloo. dist_train.sh and dist_test.sh are made of it.
#   tools/dist_run.sh PROCESSES TOOL [arguments of the tool]
# Signals to stop are passed on to the processes, which save; they are killed
# after 30 s.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }

# torchrun's own list lacks USR1, which batch systems send
export TORCHELASTIC_SIGNALS_TO_HANDLE=SIGTERM,SIGINT,SIGHUP,SIGQUIT,SIGUSR1
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} MKL_NUM_THREADS=${MKL_NUM_THREADS:-1}
python=$("$(dirname "$0")/find_python.sh")
exec "$python" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$1" \
    "$(dirname "$0")/$2" "${@:3}" --launcher pytorch
