"""The encoder: one untouched open_clip model and FAME-ViL's adapters.

Three operational modes (paper section 3.3), each a pass over the layers:

    contrastive  encode_image, encode_text    towers apart, TSA
    fusion       fuse                         towers in step, TSA + XAA
    generative   encode_memory, decode        image first, then text attends to it

Shape letters: ``B`` batch, ``P`` patches + 1, ``L`` tokens, ``V`` vision
width, ``T`` text width, ``E`` embedding.
"""

from collections.abc import Collection, Sequence
from functools import partial
from types import EllipsisType
from typing import Any, cast

from mmengine.model import BaseModule
from open_clip.model import CustomTextCLIP
from torch import Tensor, nn

from famevil_plugin.current_task import choose_task
from famevil_plugin.registry import MODELS

from .adapters import CrossAttentionAdapter, TaskSpecificAdapter
from .backbone import build_backbone
from .chunked_passes import in_chunks
from .decoding_cache import DecodingCache
from .towers import ImageTower, TextTower

# the paper's adapters, which an encoder has by default
TSA: dict[str, Any] = dict(type=TaskSpecificAdapter, bottleneck=64)
XAA: dict[str, Any] = dict(type=CrossAttentionAdapter, bottleneck=64)


@MODELS.register_module()
class AdaptedCLIP(BaseModule):
    r"""CLIP with task-specific (TSA) and cross-attention adapters (XAA).

    The output of a layer is

    .. math::
        z = \mathrm{MLP}(\mathrm{LN}(z')) + z' + z_{tsa}
            + \epsilon \, z_{xaa}

    with the state :math:`z'` after self-attention and :math:`\epsilon = 1`
    where the mode lets this tower attend to the other, else 0. Fresh adapters
    are zero, so a new model computes exactly what CLIP computes.

    Towers of unequal depth are paired evenly: there are as many XAA as the
    shallower tower has layers, and the deeper tower's layers are cut into so
    many groups, each exchanging in its last layer.

    Args:
        backbone (str | dict): open_clip's model name, JSON path or dict.
        tasks (Sequence[str]): The tasks to hold TSA for.
        pretrained (str, optional): ``'small_clip'``, a local file or an
            open_clip tag.
        task_adapter (dict, optional): Config of each tower's adapters for
            its tasks, any kind that :mod:`~famevil_plugin.models.adapters`
            describes; ``tasks``, ``width`` and ``layers`` are added. None
            builds none. Defaults to the paper's TSA, 64 wide inside.
        cross_adapter (dict, optional): Config of one adapter between the
            towers; ``width``, ``context_width`` and ``heads`` are added.
            None builds none. Defaults to the paper's XAA, 64 wide inside.
        cross_sides (Collection[str]): The towers that get a cross-attention
            adapter. Defaults to both; ``('text', )`` is what a captioning
            teacher needs.
        task_bottleneck (int, optional): Short form of ``task_adapter``:
            TSA's inner width, or None.
        cross_bottleneck (int, optional): Short form of ``cross_adapter``:
            XAA's inner width, or None.
        position_std (float, optional): See
            :func:`~famevil_plugin.models.backbone.build_backbone`.
        freeze_clip (bool): Whether CLIP's own weights stay as they are, so
            that adapters and heads alone learn. Defaults to False.
        chunk_size (int, optional): Items whose activations a training step
            holds at once; losses still compare the whole batch, which may be
            larger than memory would allow, and passes run twice
            (:mod:`~famevil_plugin.models.chunked_passes`). From the batch's
            size on it is activation checkpointing. Defaults to None, the
            whole batch at once.

    Raises:
        ValueError: If an adapter is given in both forms, or ``chunk_size`` is
            not positive.

    Example:
        >>> import torch
        >>> backbone = dict(
        ...     embed_dim=16,
        ...     vision_cfg=dict(image_size=32, patch_size=16, width=24,
        ...                     head_width=8, layers=2),
        ...     text_cfg=dict(context_length=8, vocab_size=600, width=24,
        ...                   heads=2, layers=2))
        >>> encoder = AdaptedCLIP(backbone, tasks=['xmr', 'tgir'])
        >>> images = torch.rand(2, 3, 32, 32)
        >>> tokens = torch.tensor([[598, 7, 9, 599], [598, 8, 599, 0]])
        >>> encoder.encode_image(images, task='xmr').shape
        torch.Size([2, 16])
        >>> encoder.fuse(images, tokens, task='tgir').shape
        torch.Size([2, 16])
    """

    def __init__(
        self,
        backbone: str | dict[str, Any],
        tasks: Sequence[str],
        pretrained: str | None = None,
        task_adapter: dict[str, Any] | None = TSA,
        cross_adapter: dict[str, Any] | None = XAA,
        cross_sides: Collection[str] = ('image', 'text'),
        task_bottleneck: int | None | EllipsisType = ...,
        cross_bottleneck: int | None | EllipsisType = ...,
        position_std: float | None = None,
        freeze_clip: bool = False,
        chunk_size: int | None = None,
    ) -> None:
        super().__init__()
        #: what walks the image tower and the text tower
        self.walkers: tuple[type[ImageTower], type[TextTower]] = ImageTower, TextTower
        if chunk_size is not None and chunk_size < 1:
            raise ValueError(f'chunk_size must be at least 1, got {chunk_size}')
        self.chunk_size = chunk_size
        self.tasks = tuple(tasks)
        task_adapter = _expand('task', task_adapter, TSA, task_bottleneck)
        cross_adapter = _expand('cross', cross_adapter, XAA, cross_bottleneck)
        self.clip: CustomTextCLIP = build_backbone(backbone, pretrained, position_std)
        if freeze_clip:  # and else, what open_clip fixes stays so
            self.clip.requires_grad_(False)
        image, text = self.image_tower, self.text_tower
        self.task_adapters = nn.ModuleDict()
        if task_adapter is not None:
            for side, tower in (('image', image), ('text', text)):
                self.task_adapters[side] = MODELS.build(
                    task_adapter
                    | dict(tasks=self.tasks, width=tower.width, layers=len(tower))
                )
        self.exchanges = _pair_layers(len(image), len(text))
        self.cross_adapters = nn.ModuleDict()
        if cross_adapter is not None:
            for side, own, other in (('image', image, text), ('text', text, image)):
                if side in cross_sides:
                    widths = dict(
                        width=own.width, context_width=other.width, heads=own.heads
                    )
                    self.cross_adapters[side] = nn.ModuleList(
                        MODELS.build(cross_adapter | widths) for _ in self.exchanges
                    )

    @property
    def image_tower(self) -> ImageTower:
        """The vision transformer, as steps."""
        return self.walkers[0](self.clip.visual)

    @property
    def text_tower(self) -> TextTower:
        """The text transformer, as steps."""
        return self.walkers[1](self.clip.text)

    @property
    def embedding_width(self) -> int:
        """``E``, the width of CLIP's joint space."""
        return self.image_tower.embedding_width

    def forward(self, images: Tensor, task: str | None = None) -> tuple[Tensor]:
        """A backbone as mmpretrain has them: the image's vector, ``(B, E)``.

        Args:
            images (Tensor): ``(B, 3, H, W)``, normalised.
            task (str, optional): Whose TSA are used, see
                :func:`~famevil_plugin.current_task.choose_task`.
        """
        return (self.encode_image(images, choose_task(self.tasks, task)),)

    @in_chunks
    def encode_image(self, images: Tensor, task: str) -> Tensor:
        """Contrastive mode: ``(B, 3, H, W)``, normalised -> ``(B, E)``."""
        tower = self.image_tower
        *layers, last = range(len(tower))
        x = tower.embed(images)
        for layer in layers:
            x = self.complete('image', task, layer, tower.attend(layer, x))
        x = tower.attend_from(last, x, tower.read)
        return tower.project_read(self.complete('image', task, last, x))

    @in_chunks
    def encode_text(self, tokens: Tensor, task: str) -> Tensor:
        """Contrastive mode: ids ``(B, L)`` -> ``(B, E)``."""
        tower = self.text_tower
        *layers, last = range(len(tower))
        x = tower.embed(tokens)
        for layer in layers:
            x = self.complete('text', task, layer, tower.attend(layer, x))
        # the end-of-text token sees its text, as what follows is padding
        text = ~tower.padding(tokens)[:, None, None]
        x = tower.attend_from(last, x, partial(tower.read, tokens=tokens), text)
        return tower.project_read(self.complete('text', task, last, x))

    @in_chunks
    def fuse(self, images: Tensor, tokens: Tensor, task: str) -> Tensor:
        """Fusion mode: both towers in step, attending to each other.

        Both read the other's state after self-attention, before the MLP. In
        the last exchange only what the embedding is read from goes on.

        Args:
            images (Tensor): ``(B, 3, H, W)``, normalised.
            tokens (Tensor): Ids ``(B, L)``.
            task (str): The task whose TSA are used.

        Returns:
            Tensor: ``(B, E)``, the sum of the two projected vectors.
        """
        if not self.cross_adapters:  # nothing is exchanged
            return self.encode_image(images, task) + self.encode_text(tokens, task)
        image, text = self.image_tower, self.text_tower
        x, y = image.embed(images), text.embed(tokens)
        padding = text.padding(tokens)
        for exchange, (image_layers, text_layers) in enumerate(self.exchanges):
            for layer in image_layers[:-1]:
                x = self.complete('image', task, layer, image.attend(layer, x))
            for layer in text_layers[:-1]:
                y = self.complete('text', task, layer, text.attend(layer, y))
            whole_x = x = image.attend(image_layers[-1], x)
            whole_y = y = text.attend(text_layers[-1], y)
            if exchange == len(self.exchanges) - 1:
                x, y = image.read(x), text.read(y, tokens)
            from_text = self.exchange('image', exchange, x, whole_y, padding)
            from_image = self.exchange('text', exchange, y, whole_x)
            x = self.complete('image', task, image_layers[-1], x, from_text)
            y = self.complete('text', task, text_layers[-1], y, from_image)
        return image.project_read(x) + text.project_read(y)

    @in_chunks
    def encode_memory(self, images: Tensor, task: str) -> list[Tensor]:
        """Generative mode, the image: ``(B, 3, H, W)`` -> memory.

        Returns:
            list[Tensor]: For each exchange, the **output** ``(B, P, V)`` of
            its image layer; no XAA on this side.
        """
        tower = self.image_tower
        x, outputs = tower.embed(images), []
        for layer in range(len(tower)):
            x = tower.attend(layer, x)
            x = self.complete('image', task, layer, x)
            outputs.append(x)
        return [outputs[layers[-1]] for layers, _ in self.exchanges]

    @in_chunks
    def decode(
        self,
        memory: list[Tensor],
        tokens: Tensor,
        task: str,
        cache: DecodingCache | None = None,
        padding: Tensor | None = None,
    ) -> Tensor:
        """Generative mode, the text, attending to the image's memory.

        Args:
            memory (list[Tensor]): From :meth:`encode_memory`.
            tokens (Tensor): Ids ``(B, L)``; with a cache in use, the one
                token ``(B, 1)`` that follows what the cache holds, and of a
                search those of an image's beams, ``(B, beams)``.
            task (str): The task whose TSA are used.
            cache (DecodingCache, optional): Keys and values to go on from;
                this call adds its own.
            padding (Tensor, optional): ``(B, length so far)`` booleans, true
                at tokens that no later one may attend to. By default a token
                attends to all before it, which matters only after the end of
                a text.

        Returns:
            Tensor: Hidden states ``(B, L, T)`` after the last LayerNorm.

        Raises:
            ValueError: If the encoder has no XAA on its text side.
        """
        cache = DecodingCache() if cache is None else cache
        tower, adapters = self.text_tower, self.caption_adapters
        first, new = not cache.text, tokens.size(1)
        y = tower.embed(tokens, cache.places(new))
        visible = cache.visible(new, padding)
        for exchange, (_, layers) in enumerate(self.exchanges):
            adapter = adapters[exchange]
            if exchange not in cache.memory:
                cache.hold(exchange, adapter.project_context(memory[exchange]))
            for layer in layers:
                y = tower.attend_causally(layer, y, cache, visible, first)
                last = layer == layers[-1]
                from_image = adapter(y, cache.memory[exchange]) if last else None
                y = self.complete('text', task, layer, y, from_image)
        return tower.normalise(y)

    @property
    def caption_adapters(self) -> Sequence[Any]:
        """The text side's cross adapters, one for each exchange.

        Raises:
            ValueError: If there are none.
        """
        if 'text' not in self.cross_adapters:
            raise ValueError(
                'captioning needs cross-attention adapters in the text tower:'
                ' set cross_adapter and name "text" in cross_sides'
            )
        return self._cross_adapters_of('text')

    def _cross_adapters_of(self, side: str) -> Sequence[Any]:
        """One for each exchange."""
        return cast(Sequence[Any], self.cross_adapters[side])

    def exchange(
        self,
        side: str,
        exchange: int,
        own: Tensor,
        other: Tensor,
        padding: Tensor | None = None,
    ) -> Tensor | None:
        """``z_xaa`` of one side, or None if that side has no XAA."""
        if side not in self.cross_adapters:
            return None
        adapter = self._cross_adapters_of(side)[exchange]
        return adapter(own, adapter.project_context(other), padding)

    def complete(
        self,
        side: str,
        task: str,
        layer: int,
        state: Tensor,
        from_other: Tensor | None = None,
    ) -> Tensor:
        """``z'`` of a layer -> its output, adapters added."""
        tower = self.image_tower if side == 'image' else self.text_tower
        out = tower.transform(layer, state)
        if side in self.task_adapters:
            out = out + self.task_adapters[side](task, layer, state)
        return out if from_other is None else out + from_other


def _expand(
    name: str,
    adapter: dict[str, Any] | None,
    default: dict[str, Any],
    bottleneck: int | None | EllipsisType,
) -> dict[str, Any] | None:
    """The config of an adapter from its long or its short form."""
    if bottleneck is ...:
        return None if adapter is None else dict(adapter)
    if adapter is not default:
        raise ValueError(
            f'{name}_bottleneck is the short form of {name}_adapter, and both '
            f'are given, {bottleneck!r} and {adapter!r}: leave one out (in a '
            "config built on another, model.encoder.pop('"
            f"{name}_bottleneck'))"
        )
    return None if bottleneck is None else default | dict(bottleneck=bottleneck)


def _pair_layers(image: int, text: int) -> list[tuple[range, range]]:
    """Cut two stacks of layers into equally many groups, evenly."""
    exchanges = min(image, text)

    def groups(layers: int) -> list[range]:
        cuts = [layers * i // exchanges for i in range(exchanges + 1)]
        return [range(*pair) for pair in zip(cuts, cuts[1:])]

    return list(zip(groups(image), groups(text)))
