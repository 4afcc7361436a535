"""What the tools import, for a server to import it once; see ``warm.py``."""

import mmengine.runner  # noqa: F401
import pytest  # noqa: F401
import torch.utils.tensorboard  # noqa: F401

import famevil_plugin.command_line  # noqa: F401
import famevil_plugin.datasets  # noqa: F401
import famevil_plugin.engine  # noqa: F401
import famevil_plugin.evaluation  # noqa: F401
import famevil_plugin.models  # noqa: F401
import famevil_plugin.visualization  # noqa: F401
