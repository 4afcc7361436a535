"""Faults that a training must survive, tried on processes of their own.

    python -m tests.torture --kills 50 --soak 3000

prints a markdown table of what was tried, how many times, with what outcome;
``docs/reliability.md`` holds one. ``tests/test_torture.py`` is a short version.
Runs are of a narrow model on a few drawn items, 24 steps each, with all hooks
of ``configs/_base_/default_runtime.py`` that guard a run.
"""
