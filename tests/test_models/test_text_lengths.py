"""The end of a text, and whatever goes by it."""

import torch
from torch import nn

from famevil_plugin.models.text_lengths import text_lengths


def test_start_and_end_are_counted():
    tokens = torch.tensor([[7, 3, 9, 0, 0], [7, 9, 9, 9, 9], [7, 1, 2, 3, 9]])
    assert text_lengths(tokens).tolist() == [3, 2, 5]
    assert text_lengths(tokens[0]) == 3


def test_pooling_and_padding_go_by_it(encoder, tokens):
    tower, lengths = encoder.text_tower, text_lengths(tokens)
    padding = tower.padding(tokens)
    x = tower.embed(tokens)
    for row, length in enumerate(lengths.tolist()):
        assert not padding[row, :length].any() and padding[row, length:].all()
    ends = tower.normalise(x)[range(3), tokens.argmax(dim=1)]
    assert torch.equal(tower.pool(x, tokens), ends @ encoder.clip.text.text_projection)


class TextEncoder(nn.Module):
    """The text side alone, as an exporter takes it."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.encoder.encode_text(tokens, 'xmr')


def test_an_exported_graph_takes_any_batch(encoder, tokens):
    module = TextEncoder(encoder.eval())
    exported = torch.export.export(
        module, (tokens,), dynamic_shapes=({0: torch.export.Dim('batch')},)
    ).module()
    for batch in (tokens[:2], tokens, tokens.repeat(3, 1)):
        torch.testing.assert_close(exported(batch), module(batch))
