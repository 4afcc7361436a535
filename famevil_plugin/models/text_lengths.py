"""The end of a text: the one place that knows where it is."""

from torch import Tensor


def text_lengths(tokens: Tensor) -> Tensor:
    """Count the tokens of each text, its start and its end included.

    The end-of-text token has the largest id of CLIP's vocabulary and ends the
    text; whatever follows its first occurrence is padding. So the end of a
    text is at ``text_lengths(tokens) - 1``.

    Args:
        tokens (Tensor): Ids ``(..., L)``.

    Returns:
        Tensor: ``(...)``, from 1 to L.

    Example:
        >>> import torch
        >>> text_lengths(torch.tensor([[7, 3, 9, 0], [7, 9, 9, 9]]))
        tensor([3, 2])
    """
    return tokens.argmax(dim=-1) + 1
