"""What pytest leaves alone where an extra is not installed."""

from importlib.util import find_spec

# its docstrings are collected with the package's, which imports it
collect_ignore = [] if find_spec('gradio') else ['famevil_plugin/inference/page.py']
