#!/usr/bin/env bash
# Train on several processes of this machine: GPUs over NCCL, else CPUs over
# gloo.
#   tools/dist_train.sh CONFIG PROCESSES [arguments of tools/train.py]
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
CONFIG=$1
PROCESSES=$2

exec python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$PROCESSES" \
    "$(dirname "$0")/train.py" "$CONFIG" --launcher pytorch "${@:3}"
