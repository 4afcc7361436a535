"""What happens at the layers of a foreign transformer that has task adapters."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from famevil_plugin.current_task import choose_task

from .pre_norm_layers import PreNormLayer


class TaskChoice:
    """The task of the batch that a transformer is at.

    It stays until the next batch where a backward pass may follow, as
    activation checkpointing runs the layers again in there.

    Args:
        tasks (Sequence[str]): Those that there are adapters for.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        self.tasks = tuple(tasks)
        self.task: str | None = None

    def begin(
        self, host: nn.Module, args: Any, kwargs: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """Choose, from the call or from what was said."""
        self.task = None
        rest = {key: value for key, value in kwargs.items() if key != 'task'}
        self.task = choose_task(self.tasks, kwargs.get('task'))
        return args, rest

    def end(self, host: nn.Module, args: Any, output: Any) -> None:
        """Forget where no backward pass can follow."""
        if not torch.is_grad_enabled():
            self.task = None

    @property
    def chosen(self) -> str:
        """The task.

        Raises:
            ValueError: If there is no batch.
        """
        if self.task is None:
            raise ValueError(
                'a layer was called past the transformer that has the adapters, '
                'which chooses the task: call that, or give the adapters to what '
                'you call'
            )
        return self.task


class LayerHooks:
    """What the hooks of one layer share.

    The methods of an object, and no closures: a deep copy of the model, as an
    EMA makes one, then has hooks of its own.

    Args:
        adapter (nn.Module): The layer's task adapter.
        name (str): The layer's, for messages.
        choice (TaskChoice): The transformer's.
    """

    def __init__(self, adapter: nn.Module, name: str, choice: TaskChoice) -> None:
        self.adapter = adapter
        self.name = name
        self.choice = choice
        # z' and LN(z') of the pass under way
        self.state: Tensor | None = None
        self.normed: Tensor | None = None

    def register(self, layer: PreNormLayer) -> None:
        """Hook into the layer."""
        layer.norm.register_forward_hook(self.keep)
        layer.mlp.register_forward_pre_hook(self.check)
        layer.module.register_forward_hook(self.add)

    def keep(self, norm: nn.Module, args: tuple[Tensor], output: Tensor) -> None:
        """Keep what comes in and out of the norm."""
        (self.state,), self.normed = args, output

    def check(self, mlp: nn.Module, args: tuple[Tensor, ...]) -> None:
        """Make sure that the MLP reads what the norm gave."""
        if args[0] is not self.normed:
            raise self._no_pre_norm('its MLP does not read what its norm gives')

    def add(self, layer: nn.Module, args: Any, output: Tensor) -> Tensor:
        """Add the adapter's output to the layer's."""
        state, self.state, self.normed = self.state, None, None
        if state is None:
            raise self._no_pre_norm('its norm was not called')
        return output + self.adapter(self.choice.chosen, 0, state)

    def _no_pre_norm(self, reason: str) -> ValueError:
        return ValueError(
            f"layer {self.name} does not compute z' + mlp(norm(z')): {reason}. "
            'Name others by norm=... and mlp=..., or leave the layer out'
        )
