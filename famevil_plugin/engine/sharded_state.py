"""Whole tensors in files, shares of them in the processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.dist import all_gather_object, get_rank, get_world_size, is_main_process
from mmengine.utils import apply_to
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

from famevil_plugin.models.weights.share_files import write_share


def whole(value: Any) -> Any:
    """A whole tensor from all processes' shares; other values stay."""
    return value.full_tensor() if isinstance(value, DTensor) else value


def gather(state: Any) -> Any:
    """Make the shares in a state whole, on the main process's CPU.

    All processes call it alike.

    Args:
        state (Any): Of a model or an optimizer: tensors in nested dicts.

    Returns:
        Any: The state; on other processes than the main one, without tensors
        that had been shares.
    """
    return apply_to(state, lambda value: isinstance(value, DTensor), _gather)


def _gather(share: DTensor) -> Tensor | None:
    tensor = whole(share)
    return tensor.cpu() if is_main_process() else None


def share_like(value: Any, like: Any) -> Any:
    """This process's share of a whole tensor, as another one is shared.

    Args:
        value (Any): A tensor, the same on all processes; others stay.
        like (Any): A tensor of the same shape that may be shared.
    """
    fits = (
        isinstance(value, Tensor)
        and isinstance(like, DTensor)
        and not isinstance(value, DTensor)
        and value.shape == like.shape
    )
    if not fits:
        return value
    return distribute_tensor(value.to(like.device), like.device_mesh, like.placements)


def shard_loaded_weights(model: nn.Module) -> None:
    """Let a sharded model take whole weights from ``load_state_dict``."""

    def shard(module: nn.Module, weights: dict[str, Any], *_: Any) -> None:
        for name, own in model.state_dict().items():
            if name in weights:
                weights[name] = share_like(weights[name], own)

    model.register_load_state_dict_pre_hook(shard)


def shard_loaded_moments(optimizer: Optimizer) -> None:
    """Let an optimizer of shares take whole moments from ``load_state_dict``."""

    def shard(optimizer: Optimizer, state: dict[str, Any]) -> dict[str, Any]:
        parameters = [p for group in optimizer.param_groups for p in group['params']]
        moments = {
            number: {
                name: share_like(value, parameters[number])
                for name, value in own.items()
            }
            for number, own in state['state'].items()
        }
        return {**state, 'state': moments}

    optimizer.register_load_state_dict_pre_hook(shard)


def write_shares(
    checkpoint: Path, model: nn.Module, optimizer: Optimizer | None
) -> dict[str, str]:
    """Let each process write its share of a checkpoint's tensors.

    All processes call it together.

    Returns:
        dict[str, str]: The shares' digests by their names, in order.
    """
    tensors = {f'state_dict/{k}': value for k, value in model.state_dict().items()}
    if optimizer is not None:
        for number, moments in optimizer.state_dict()['state'].items():
            tensors |= {f'optimizer/{number}/{k}': v for k, v in moments.items()}
    own = {
        name: value.to_local() if isinstance(value, DTensor) else value
        for name, value in tensors.items()
        if isinstance(value, DTensor) or is_main_process()
    }
    share = write_share(checkpoint, get_rank(), get_world_size(), own)
    return dict(all_gather_object(share))


@contextmanager
def no_tensors(model: nn.Module, optimizer: Optimizer | None) -> Iterator[None]:
    """Let a model and its optimizer leave their tensors out of their state."""
    handles = [model.register_state_dict_post_hook(lambda _, s, *__: s.clear())]
    if optimizer is not None:
        handles.append(
            optimizer.register_state_dict_post_hook(lambda _, s: {**s, 'state': {}})
        )
    with _removed(handles):
        yield


@contextmanager
def whole_state(model: nn.Module, optimizer: Optimizer | None) -> Iterator[None]:
    """Let a model and its optimizer give whole tensors as their state.

    All processes enter it together; the main one has the tensors then.
    """
    weights = gather(model.state_dict())
    handles = [model.register_state_dict_post_hook(lambda _, s, *__: s.update(weights))]
    if optimizer is not None:
        moments: dict[str, Any] = gather(optimizer.state_dict())
        handles.append(optimizer.register_state_dict_post_hook(lambda *_: moments))
    with _removed(handles):
        yield


@contextmanager
def _removed(handles: list[RemovableHandle]) -> Iterator[None]:
    """Remove hooks in the end."""
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
