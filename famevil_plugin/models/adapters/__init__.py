"""FAME-ViL's adapters: TSA for each task, XAA between the towers.

Another kind is a module registered in
:data:`~famevil_plugin.registry.MODELS` and named in the encoder's config,
``task_adapter=dict(type=...)`` or ``cross_adapter=dict(type=...)``; its own
settings go beside ``type``.

A **task adapter** is built once a tower, with ``tasks``, ``width`` and
``layers``; ``forward(task, layer, x)`` turns the state ``z'`` of a layer,
``(B, N, width)``, into what is added to the layer's output, each position by
itself: after the last attention only the embedding's position goes on.

A **cross adapter** is built once an exchange and tower, with ``width``,
``context_width`` and ``heads``. ``project_context(context)`` turns the other
tower's state, ``(B, M, context_width)``, into a tuple of tensors whose first
dimension is B, computed once an image; ``forward(x, projected,
padding=None)`` turns ``z'`` and such a tuple into what is added, with
``padding``, ``(B, M)``, true where the context is to be passed over. What it
adds to a position depends on the context and on that position's state alone,
as the beginnings of a caption lie side by side.

Both add to the layer's output, so a fresh one that gives zeros leaves CLIP as
it is.

:func:`add_task_adapters` puts task adapters into a transformer of another
library, where no :class:`~famevil_plugin.models.AdaptedCLIP` walks the layers.
"""

from .bottleneck_adapter import BottleneckAdapter
from .cross_attention_adapter import CrossAttentionAdapter
from .injection import add_task_adapters
from .task_specific_adapter import TaskSpecificAdapter

__all__ = [
    'BottleneckAdapter',
    'CrossAttentionAdapter',
    'TaskSpecificAdapter',
    'add_task_adapters',
]
