"""Task adapters in transformers of other libraries (paper section 3.2)."""

from collections.abc import Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import nn

from famevil_plugin.registry import MODELS

from .adapter_weights import AdapterWeights
from .layer_hooks import LayerHooks, TaskChoice
from .pre_norm_layers import find_layers
from .task_specific_adapter import TaskSpecificAdapter

#: The name under which a transformer holds its adapters.
ADAPTERS = 'task_adapters'


# the name in configs; what is built is the transformer
@MODELS.register_module('TaskAdapters')
def add_task_adapters(
    module: nn.Module | dict[str, Any],
    tasks: Sequence[str],
    layers: str,
    bottleneck: int = 64,
    task_adapter: dict[str, Any] | None = None,
    norm: str | None = None,
    mlp: str | None = None,
    freeze: bool = False,
    adapters_only: bool = False,
) -> nn.Module:
    r"""Put TSA into a transformer, as the config type ``TaskAdapters`` does.

    .. math::
        z = z' + \mathrm{MLP}(\mathrm{LN}(z')) + z_{tsa}

    with the state :math:`z'` after self-attention, in each layer of a pre-norm
    transformer of mmpretrain, timm, torchvision, open_clip or anybody. Fresh
    adapters are zero, so the transformer computes what it computed before.

    It stays the object that it was, of its class and with the names of its
    weights, and has one child more, ``task_adapters``. That is why this is
    neither a hook of MMEngine, which comes too late for the optimizer and DDP
    and not at all for inference, nor a wrapper, which would rename the weights
    and hide what other code asks a backbone for.

    The task is chosen for each call: by the argument ``task`` of the
    transformer, else by what :class:`~famevil_plugin.engine.BatchTaskHook` or
    :func:`~famevil_plugin.current_task.batch_task` says; where there is a single
    one, it is that.

    Args:
        module (nn.Module | dict): The transformer. From a config it is built
            and, if it is one of MMEngine's, its weights are initialised.
        tasks (Sequence[str]): The tasks.
        layers (str): A regular expression for the whole names of the layers,
            ``r'layers\.\d+'``.
        bottleneck (int): Width inside an adapter. Defaults to 64.
        task_adapter (dict, optional): Config of another kind of adapter than
            TSA, see :mod:`~famevil_plugin.models.adapters`; each layer gets
            one with ``layers=1``.
        norm (str, optional): A layer's norm before its MLP, where it is not
            the layer's last norm.
        mlp (str, optional): A layer's MLP, where it is not the one part
            behind that norm with a matrix of weights.
        freeze (bool): Whether the transformer's own weights stay as they are,
            so that the adapters alone learn. Defaults to False.
        adapters_only (bool): Whether checkpoints hold the adapters without
            the frozen transformer, whose weights must then come from
            ``module`` again. Others are refused. Defaults to False.

    Returns:
        nn.Module: The transformer.

    Raises:
        ValueError: If ``layers`` matches nothing, the norm and the MLP of a
            layer do not pair, the transformer has adapters already or is a
            Sequential, or checkpoints would lose weights that are trained.

    Example:
        >>> import torch
        >>> from torchvision.models import VisionTransformer
        >>> vit = VisionTransformer(
        ...     image_size=32, patch_size=16, num_layers=2, num_heads=2,
        ...     hidden_dim=8, mlp_dim=16)
        >>> vit = add_task_adapters(
        ...     vit, ['colour', 'shape'], r'encoder\.layers\.encoder_layer_\d+',
        ...     bottleneck=2, freeze=True)
        >>> vit(torch.rand(3, 3, 32, 32), task='colour').shape
        torch.Size([3, 1000])
    """
    if adapters_only and not freeze:
        raise ValueError(
            'checkpoints of adapters_only=True would lose what the transformer '
            'learns: set freeze=True, too'
        )
    host = module if isinstance(module, nn.Module) else _build(module)
    if hasattr(host, ADAPTERS):
        raise ValueError(f'the {type(host).__name__} has {ADAPTERS} already')
    found = find_layers(host, layers, norm, mlp)
    if isinstance(host, nn.Sequential):
        raise ValueError(
            'a Sequential calls all its children, so its adapters, too: put it into '
            'a module of your own'
        )
    if freeze:
        host.requires_grad_(False)
    kind = task_adapter or dict(type=TaskSpecificAdapter, bottleneck=bottleneck)
    adapters = nn.ModuleList(
        MODELS.build(dict(kind, tasks=tuple(tasks), width=layer.width, layers=1))
        for layer in found
    )
    choice = TaskChoice(tasks)
    for adapter, layer in zip(adapters, found):
        LayerHooks(adapter, layer.name, choice).register(layer)
    host.register_forward_pre_hook(choice.begin, with_kwargs=True)
    host.register_forward_hook(choice.end)
    host.add_module(ADAPTERS, adapters)
    AdapterWeights(ADAPTERS, adapters_only).register(host)
    return host


def _build(config: dict[str, Any]) -> nn.Module:
    host = MODELS.build(config)
    if isinstance(host, BaseModule):
        # now, as a test does not, and before there are adapters to initialise
        host.init_weights()
    return host
