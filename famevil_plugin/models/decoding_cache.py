"""What a decoder remembers between the tokens of a caption."""

import torch
from torch import Tensor


class DecodingCache:
    """Keys and values of the tokens so far, and of the image's memory.

    Attributes:
        text (dict): By text layer, keys and values of the tokens so far,
            each ``(B, heads, length, T / heads)``.
        memory (dict): By exchange, what the cross adapter's
            ``project_context`` made of the image's memory: with XAA, keys and
            values, each ``(B, heads, P, T / heads)``; computed once.
    """

    def __init__(self) -> None:
        self.text: dict[int, tuple[Tensor, ...]] = {}
        self.memory: dict[int, tuple[Tensor, ...]] = {}

    @property
    def length(self) -> int:
        """Number of tokens so far."""
        for keys, _ in self.text.values():
            return keys.size(2)
        return 0

    def places(self, new: int) -> slice:
        """Positions in the text of the ``new`` tokens that come next."""
        return slice(self.length, self.length + new)

    def visible(self, new: int, padding: Tensor | None = None) -> Tensor | None:
        """Which keys each of the next tokens may attend to.

        Args:
            new (int): Number of these tokens, 1 if others came before.
            padding (Tensor, optional): ``(B, length + new)`` booleans, true
                at tokens that none may attend to.

        Returns:
            Tensor: Booleans that broadcast to ``(B, heads, new, length +
            new)``; None where a token attends to all up to itself.
        """
        if padding is None:
            return None
        allowed = ~padding[:, None, None].expand(-1, -1, new, -1)
        return allowed.tril(padding.size(1) - new)

    def hold(self, exchange: int, context: tuple[Tensor, ...]) -> None:
        """Keep an exchange's part of the image's memory, see ``memory``."""
        self.memory[exchange] = context

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        """Add the next tokens' keys and values of a layer, each ``(B, heads,
        new, T / heads)``; get those of all tokens so far."""
        if layer in self.text:
            keys, values = self.text[layer]
            key, value = torch.cat([keys, key], 2), torch.cat([values, value], 2)
        self.text[layer] = key, value
        return key, value


class SearchCache(DecodingCache):
    """A cache of one size for all steps of a search.

    It holds an image's memory once. The beginnings of its caption (beams) lie
    side by side, as positions of one sequence: a step takes one token of each,
    ``(B, beams)``, and writes their keys and values behind those of the step
    before. ``seen`` says which of them a beginning goes on from, so a search
    that reorders beginnings reorders these booleans, and nothing else moves.

    Args:
        batch (int): ``B``, the images.
        room (int): Steps at most.
        beams (int): Beginnings of an image's caption. Defaults to 1.
        device (torch.device, optional): Of the tensors.

    Attributes:
        seen (Tensor): ``(B, beams, room * beams)`` booleans; of a step to
            come, each beginning sees its own token.
    """

    def __init__(
        self, batch: int, room: int, beams: int = 1, device: torch.device | None = None
    ) -> None:
        super().__init__()
        self.beams = beams
        own = torch.eye(beams, dtype=torch.bool, device=device)
        self.seen = own.repeat(batch, 1, room)
        self.filled: dict[int, int] = {}

    @property
    def length(self) -> int:
        """Number of steps so far."""
        return next(iter(self.filled.values()), 0) // self.beams

    def places(self, new: int) -> slice:
        """The one position of the next step's tokens."""
        return slice(self.length, self.length + 1)

    def visible(self, new: int, padding: Tensor | None = None) -> Tensor | None:
        """Which keys each beginning goes on from, ``(B, 1, beams, keys)``."""
        if self.beams == 1:
            return None
        return self.seen[:, None, :, : self.length * self.beams + new]

    def hold(self, exchange: int, context: tuple[Tensor, ...]) -> None:
        """Keep it in the order in which each step to come reads it."""
        super().hold(exchange, tuple(part.contiguous() for part in context))

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        """Write a step's keys and values; get the filled part of the room."""
        batch, heads, new, width = key.shape
        if layer not in self.text:
            self.text[layer] = tuple(
                x.new_empty(batch, heads, self.seen.size(2), width)
                for x in (key, value)
            )
        start = self.filled.get(layer, 0)
        self.filled[layer] = end = start + new
        for room, states in zip(self.text[layer], (key, value)):
            room[:, :, start:end] = states
        return tuple(room[:, :, :end] for room in self.text[layer])

    def select(self, rows: Tensor) -> None:
        """Let beginnings go on from others of their image, or images leave.

        Args:
            rows (Tensor): By place afterwards, the place of the beginning to
                go on from among ``B * beams``. Images keep their order; those
                without a row leave.
        """
        filled = self.length * self.beams
        before = self.seen.flatten(0, 1)[:, :filled]
        rows = rows.view(-1, self.beams)
        self.seen = self.seen[: len(rows)]
        self.seen[:, :, :filled] = before[rows]
        images = rows[:, 0] // self.beams
        for part in (self.text, self.memory):
            for key, states in part.items():
                if len(images) < len(states[0]):
                    part[key] = tuple(x.index_select(0, images) for x in states)
