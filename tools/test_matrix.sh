#!/usr/bin/env bash
# Run the quick tests in each Python that setup.cfg names, with the oldest and
# with the newest torch that it allows, and print the table of docs/installation.md.
#   tools/test_matrix.sh [PYTEST_ARGUMENT ...]
# Needs uv, which finds the Pythons or fetches them. Some of them alone:
#   PYTHONS="3.10 3.13" TORCHES=oldest tools/test_matrix.sh tests/test_models
set -uo pipefail
case ${1:-} in -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;; esac
cd "$(dirname "$0")/.."
if ! command -v uv > /dev/null; then
    echo "error: no uv here: pip install uv" >&2
    exit 1
fi
pythons=${PYTHONS:-$(sed -n 's/.*Python :: \(3\.[0-9]*\)$/\1/p' setup.cfg)}
oldest=$(sed -n 's/^ *torch>=//p' setup.cfg)
work=$(mktemp -d)
logs=${LOGS:-work_dirs/test_matrix}
mkdir -p "$logs"
failed=0

# the tests' last line, or the step that did not work
try() {
    uv venv --quiet --python "$1" "$work/venv" >> "$log" 2>&1 \
        || { echo "not run: no Python $1"; return 1; }
    uv pip install --quiet --python "$work/venv" "${@:2}" -e '.[test]' >> "$log" 2>&1 \
        || { echo "not run: no installation, see $log"; return 1; }
    "$work/venv/bin/python" -m pytest "${tests[@]}" >> "$log" 2>&1
    local status=$?
    tail -n 1 "$log" | tr -d '='
    return $status
}

versions() {
    "$work/venv/bin/python" -c '
import platform, torch
print(platform.python_version(), torch.__version__.partition("+")[0], sep=" | ")
' 2> /dev/null || echo "$1 | $2"
}

tests=(-m "not slow" "$@")
echo "| Python | torch | \`pytest ${tests[*]@Q}\` |"
echo "| --- | --- | --- |"
for python in $pythons; do
    for torch in ${TORCHES:-oldest newest}; do
        log=$logs/$python-$torch.log
        : > "$log"
        pin=()
        [ "$torch" = oldest ] && pin=("torch==$oldest.*")
        said=$(try "$python" "${pin[@]}") || failed=1
        echo "| $(versions "$python" "$torch") | $said |"
        rm -rf "$work/venv"
    done
done
rm -rf "$work"
exit $failed
