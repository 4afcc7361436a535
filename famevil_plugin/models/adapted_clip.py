"""The encoder: one untouched open_clip model and FAME-ViL's adapters.

Three operational modes (paper section 3.3), each a walk over the layers:

    contrastive  encode_image, encode_text    towers apart, TSA
    fusion       fuse                         towers in step, TSA + XAA
    generative   encode_memory, decode        image first, then text attends to it

Shape letters: ``B`` batch, ``P`` patches + 1, ``L`` tokens, ``V`` vision
width, ``T`` text width, ``E`` embedding.
"""

from collections.abc import Collection, Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from famevil_plugin.registry import MODELS

from .adapters import CrossAttentionAdapter, TaskSpecificAdapter
from .backbone import build_backbone
from .generation import DecodingCache
from .towers import ImageTower, TextTower


@MODELS.register_module()
class AdaptedCLIP(BaseModule):
    """CLIP with task-specific (TSA) and cross-attention adapters (XAA).

    A layer's output is ``MLP(LN(z')) + z' + z_tsa + eps * z_xaa``; fresh
    adapters are zero, so a new model computes exactly what CLIP computes.

    Towers of unequal depth are paired evenly: there are as many XAA as the
    shallower tower has layers, and the deeper tower's layers are cut into so
    many groups, each exchanging in its last layer.

    Args:
        backbone (str | dict): open_clip's model name, JSON path or dict.
        tasks (Sequence[str]): The tasks to hold TSA for.
        pretrained (str, optional): ``'small_clip'``, a local file or an
            open_clip tag.
        task_bottleneck (int, optional): TSA's inner width; None builds no
            TSA. Defaults to 64.
        cross_bottleneck (int, optional): XAA's inner width; None builds no
            XAA. Defaults to 64.
        cross_sides (Collection[str]): The towers that get an XAA. Defaults to
            both; ``('text', )`` is what a captioning teacher needs.

    Example:
        >>> encoder = AdaptedCLIP('ViT-B-32', tasks=['xmr'])
        >>> encoder.encode_image(torch.rand(2, 3, 224, 224), 'xmr').shape
        torch.Size([2, 512])
    """

    def __init__(
        self,
        backbone: str | dict[str, Any],
        tasks: Sequence[str],
        pretrained: str | None = None,
        task_bottleneck: int | None = 64,
        cross_bottleneck: int | None = 64,
        cross_sides: Collection[str] = ('image', 'text'),
    ) -> None:
        super().__init__()
        self.clip = build_backbone(backbone, pretrained)
        image, text = self.image_tower, self.text_tower
        self.task_adapters = nn.ModuleDict()
        if task_bottleneck is not None:
            for side, tower in (('image', image), ('text', text)):
                self.task_adapters[side] = TaskSpecificAdapter(
                    tasks, tower.width, len(tower), task_bottleneck
                )
        self.exchanges = _pair_layers(len(image), len(text))
        self.cross_adapters = nn.ModuleDict()
        if cross_bottleneck is not None:
            for side, own, other in (('image', image, text), ('text', text, image)):
                if side in cross_sides:
                    self.cross_adapters[side] = nn.ModuleList(
                        CrossAttentionAdapter(
                            own.width, other.width, own.heads, cross_bottleneck
                        )
                        for _ in self.exchanges
                    )

    @property
    def image_tower(self) -> ImageTower:
        """The vision transformer, as steps."""
        return ImageTower(self.clip.visual)

    @property
    def text_tower(self) -> TextTower:
        """The text transformer, as steps."""
        return TextTower(self.clip.text)

    @property
    def embedding_width(self) -> int:
        """``E``, the width of CLIP's joint space."""
        return self.clip.visual.proj.size(1)

    def encode_image(self, images: Tensor, task: str) -> Tensor:
        """Contrastive mode: ``(B, 3, H, W)``, normalised -> ``(B, E)``."""
        tower = self.image_tower
        x = tower.embed(images)
        for layer in range(len(tower)):
            x = tower.attend(layer, x)
            x = self._complete('image', task, layer, x)
        return tower.pool(x)

    def encode_text(self, tokens: Tensor, task: str) -> Tensor:
        """Contrastive mode: ids ``(B, L)`` -> ``(B, E)``."""
        tower = self.text_tower
        x, mask = tower.embed(tokens), tower.causal_mask(tokens.size(1))
        for layer in range(len(tower)):
            x = tower.attend(layer, x, mask)
            x = self._complete('text', task, layer, x)
        return tower.pool(x, tokens)

    def fuse(self, images: Tensor, tokens: Tensor, task: str) -> Tensor:
        """Fusion mode: both towers in step, looking at each other.

        Both read the other's state after self-attention, before the MLP.

        Args:
            images (Tensor): ``(B, 3, H, W)``, normalised.
            tokens (Tensor): Ids ``(B, L)``.
            task (str): The task whose TSA are used.

        Returns:
            Tensor: ``(B, E)``, the sum of the two projected vectors.
        """
        image, text = self.image_tower, self.text_tower
        x, y = image.embed(images), text.embed(tokens)
        causal, padding = text.causal_mask(y.size(1)), text.padding(tokens)
        for exchange, (image_layers, text_layers) in enumerate(self.exchanges):
            for layer in image_layers[:-1]:
                x = self._complete('image', task, layer, image.attend(layer, x))
            for layer in text_layers[:-1]:
                y = self._complete('text', task, layer, text.attend(layer, y, causal))
            x = image.attend(image_layers[-1], x)
            y = text.attend(text_layers[-1], y, causal)
            from_text = self._exchange('image', exchange, x, y, padding)
            from_image = self._exchange('text', exchange, y, x)
            x = self._complete('image', task, image_layers[-1], x, from_text)
            y = self._complete('text', task, text_layers[-1], y, from_image)
        return image.pool(x) + text.pool(y, tokens)

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
            x = self._complete('image', task, layer, x)
            outputs.append(x)
        return [outputs[layers[-1]] for layers, _ in self.exchanges]

    def decode(
        self,
        memory: list[Tensor],
        tokens: Tensor,
        task: str,
        cache: DecodingCache | None = None,
        padding: Tensor | None = None,
    ) -> Tensor:
        """Generative mode, the text, looking at the image's memory.

        Args:
            memory (list[Tensor]): From :meth:`encode_memory`.
            tokens (Tensor): Ids ``(B, L)``; with a cache in use, the one
                token ``(B, 1)`` that follows what the cache holds.
            task (str): The task whose TSA are used.
            cache (DecodingCache, optional): Keys and values to go on from;
                this call adds its own.
            padding (Tensor, optional): ``(B, length so far)`` booleans, true
                at tokens that no later one may look at. By default a token
                looks at all before it, which matters behind the end of a
                text alone.

        Returns:
            Tensor: Hidden states ``(B, L, T)`` after the last LayerNorm.

        Raises:
            ValueError: If the encoder has no XAA on its text side.
        """
        if 'text' not in self.cross_adapters:
            raise ValueError(
                'captioning needs cross-attention adapters in the text tower:'
                ' set cross_bottleneck and name "text" in cross_sides'
            )
        cache = DecodingCache() if cache is None else cache
        tower, adapters = self.text_tower, self.cross_adapters['text']
        y = tower.embed(tokens, start=cache.length)
        for exchange, (_, layers) in enumerate(self.exchanges):
            for layer in layers:
                y, cache.text[layer] = tower.attend_causally(
                    layer, y, cache.text.get(layer), padding
                )
                seen = None
                if layer == layers[-1]:
                    if exchange not in cache.memory:
                        cache.memory[exchange] = adapters[exchange].project_context(
                            memory[exchange]
                        )
                    seen = adapters[exchange](y, cache.memory[exchange])
                y = self._complete('text', task, layer, y, seen)
        return tower.normalise(y)

    def _exchange(
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
        adapter = self.cross_adapters[side][exchange]
        return adapter(own, adapter.project_context(other), padding)

    def _complete(
        self,
        side: str,
        task: str,
        layer: int,
        state: Tensor,
        from_other: Tensor | None = None,
    ) -> Tensor:
        """``z'`` of a layer -> its output, with all that is added to it."""
        tower = self.image_tower if side == 'image' else self.text_tower
        out = tower.transform(layer, state)
        if side in self.task_adapters:
            out = out + self.task_adapters[side](task, layer, state)
        return out if from_other is None else out + from_other


def _pair_layers(image: int, text: int) -> list[tuple[range, range]]:
    """Cut two stacks of layers into equally many groups, evenly."""
    exchanges = min(image, text)

    def groups(layers: int) -> list[range]:
        cuts = [layers * i // exchanges for i in range(exchanges + 1)]
        return [range(*pair) for pair in zip(cuts, cuts[1:])]

    return list(zip(groups(image), groups(text)))
