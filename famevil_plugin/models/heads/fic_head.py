"""Fashion image captioning (FIC): generative mode."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from open_clip.tokenizer import SimpleTokenizer
from torch import Tensor, nn

from famevil_plugin.models.adapted_clip import AdaptedCLIP
from famevil_plugin.models.generation import (
    DecodingCache,
    SearchCache,
    SpecialTokens,
    beam_search,
    greedy_search,
)
from famevil_plugin.models.losses import overwriting_cross_entropy
from famevil_plugin.models.packed_weights import PackedWeights
from famevil_plugin.models.towers import TextTower
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO, TEXT
from famevil_plugin.tokenizer import build_tokenizer, write_out

from .caption_programs import caption_programs
from .task_head import Answer, HeadOutput, Inputs, Program, TaskHead


@MODELS.register_module()
class FICHead(TaskHead):
    """Next-token cross-entropy, and captions by greedy or beam search.

    Args:
        tokenizer (dict | SimpleTokenizer): Arguments of
            :func:`~famevil_plugin.tokenizer.build_tokenizer`, or a tokenizer.
        beams (int): Beams of the search; 1 decodes greedily. Defaults to 1.
        max_length (int, optional): Tokens of a caption at most, both ends
            included. Defaults to the tokenizer's context length.
        count_padding (bool): Whether the loss counts what follows the end of
            the text, up to the context length, as the authors' code does:
            there a text is filled with end-of-text tokens, of which each
            sees the text alone. Defaults to False, the paper's sum over the
            caption's tokens.
    """

    title = 'fashion image captioning'
    verb = 'describe'
    inputs = dict(image=PHOTO, tokens=TEXT)
    predictions = dict(pred_caption=('image',))
    cross_sides = ('text',)

    def __init__(
        self,
        tokenizer: dict[str, Any] | SimpleTokenizer,
        beams: int = 1,
        max_length: int | None = None,
        count_padding: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tokenizer = (
            build_tokenizer(**tokenizer) if isinstance(tokenizer, dict) else tokenizer
        )
        self.special = SpecialTokens(
            self.tokenizer.sot_token_id, self.tokenizer.eot_token_id
        )
        self.beams = beams
        self.max_length = max_length or self.tokenizer.context_length
        self.count_padding = count_padding
        self.to_vocabulary = nn.Linear(
            self.encoder_widths['text'], self.tokenizer.vocab_size
        )

    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Logits ``next_token`` of every token that the loss counts."""
        tokens = inputs['tokens']
        if self.count_padding:
            tokens = self._fill(tokens)
        padding = TextTower.padding(tokens)
        memory = encoder.encode_memory(inputs['image'], self.task)
        hidden = encoder.decode(
            memory,
            tokens[:, :-1],
            self.task,
            padding=padding[:, :-1] if self.count_padding else None,
        )
        counted = ~padding[:, 1:]
        if self.count_padding:
            counted = torch.ones_like(counted)
        return HeadOutput(
            logits=dict(next_token=self.to_vocabulary(hidden[counted])),
            targets=dict(next_token=tokens[:, 1:][counted]),
        )

    def loss(self, output: HeadOutput) -> Tensor:
        """The mean over the batch's tokens, which overwrites the logits."""
        return overwriting_cross_entropy(
            output.logits['next_token'], output.targets['next_token']
        )

    def _fill(self, tokens: Tensor) -> Tensor:
        """Texts as the authors' tokenizer leaves them: ``(B, L)`` -> ``(B,
        context length)``."""
        tokens = F.pad(tokens, (0, self.tokenizer.context_length - tokens.size(1)))
        return tokens.masked_fill(TextTower.padding(tokens), self.special.end)

    def spell_out(
        self, encoder: AdaptedCLIP, image: Tensor, tokens: Tensor, cached: bool = True
    ) -> Tensor:
        """Score given captions token by token, as a search would.

        Args:
            encoder (AdaptedCLIP): The encoder.
            image (Tensor): ``(B, 3, H, W)``.
            tokens (Tensor): The captions' ids ``(B, L)``.
            cached (bool): Whether each step reads the keys and values of the
                steps before, or computes all anew. Defaults to True.

        Returns:
            Tensor: Logits of the next tokens, ``(B, L - 1, vocabulary)``.
        """
        memory = encoder.encode_memory(image, self.task)
        cache = DecodingCache() if cached else None
        logits = []
        for end in range(1, tokens.size(1)):
            given = tokens[:, end - 1 : end] if cached else tokens[:, :end]
            hidden = encoder.decode(memory, given, self.task, cache)
            logits.append(self.to_vocabulary(hidden[:, -1]))
        return torch.stack(logits, dim=1)

    def answers(self) -> dict[str, Answer]:
        """A caption of a given length, with the cache and without."""
        both = ('image', 'tokens')
        return {
            'a caption': Answer(both, self.spell_out),
            'a caption, no cache': Answer(both, partial(self.spell_out, cached=False)),
        }

    def programs(self, encoder: AdaptedCLIP) -> dict[str, Program]:
        """The photo's memory, and one step of a search over the cache."""
        return caption_programs(
            encoder,
            self.task,
            self.to_vocabulary,
            start=self.special.start,
            max_length=self.max_length,
        )

    def generate(self, encoder: AdaptedCLIP, image: Tensor) -> Tensor:
        """``(B, 3, H, W)`` -> caption ids ``(B, length)``."""
        memory = encoder.encode_memory(image, self.task)
        cache = SearchCache(len(image), self.max_length - 1, self.beams, image.device)

        def step(newest: Tensor) -> Tensor:
            hidden = encoder.decode(
                memory, newest.view(-1, self.beams), self.task, cache
            )
            return self.to_vocabulary(hidden.flatten(0, 1))

        search = (
            greedy_search if self.beams == 1 else partial(beam_search, beams=self.beams)
        )
        # it looks at every operation, which no other device gains from
        with PackedWeights() if image.device.type == 'cpu' else nullcontext():
            return search(
                step=step,
                select=cache.select,
                batch=len(image),
                special=self.special,
                max_length=self.max_length,
                device=image.device,
            )

    def spell(self, ids: Sequence[int]) -> str:
        """Ids without the special ones -> text."""
        return self.tokenizer.decode([i for i in ids if i not in self.special]).strip()

    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Set ``pred_caption`` and, as a person writes it, ``caption``; and
        ``gt_caption`` where a text is known: the whole text as this tokenizer
        would spell it."""
        captions = self.generate(encoder, inputs['image']).tolist()
        for sample, ids in zip(samples, captions):
            sample.pred_caption = self.spell(ids)
            sample.caption = write_out(sample.pred_caption)
            if 'text' in sample:
                sample.gt_caption = self.spell(self.tokenizer.encode(sample.text))
        return list(samples)
