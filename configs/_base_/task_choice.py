"""Some of a config's tasks, for whoever builds from it."""

from importlib import import_module


def keep_only(config, *tasks):
    """Drop all other tasks from a config file: ``keep_only(globals(), 'xmr')``."""
    # a plain import of the package is lazy here, and cannot be called
    selection = import_module('famevil_plugin.command_line.task_selection')
    selection.drop_other_tasks(config, tasks)
