#!/usr/bin/env bash
# Print the Python that has the plugin: that of the active environment, or of
# .venv beside this folder.
here=$(cd "$(dirname "$0")" && pwd)
for python in python "$here/../.venv/bin/python"; do
    if "$python" - 2> /dev/null <<'END'
from importlib.util import find_spec
raise SystemExit(not all(map(find_spec, ('famevil_plugin', 'mmengine', 'torch'))))
END
    then
        echo "$python"
        exit 0
    fi
done
echo "error: no Python here has famevil_plugin: activate the environment that it" \
    "is installed in (source .venv/bin/activate), or make one by tools/set_up.sh" >&2
exit 1
