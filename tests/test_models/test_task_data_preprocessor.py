"""From collated batch to model input."""

import pytest
import torch

from famevil_plugin.models import TaskDataPreprocessor

from .conftest import make_samples


def test_normalises_and_trims(tokens):
    images = torch.randint(0, 256, (3, 3, 8, 8), dtype=torch.uint8)
    data = dict(
        inputs=dict(image=images, tokens=tokens), data_samples=make_samples('xmr')
    )
    inputs = TaskDataPreprocessor()(data)['inputs']
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)
    torch.testing.assert_close(inputs['image'], (images / 255 - mean) / std)
    longest = int(tokens.argmax(1).max()) + 1
    assert torch.equal(inputs['tokens'], tokens[:, :longest])
    assert data['inputs']['tokens'].shape == tokens.shape


def test_texts_of_few_lengths(tokens):
    data = dict(inputs=dict(tokens=tokens), data_samples=make_samples('xmr'))
    longest = int(tokens.argmax(1).max()) + 1
    for multiple, length in ((4, longest + -longest % 4), (1000, tokens.size(1))):
        trimmed = TaskDataPreprocessor(text_multiple=multiple)(data)['inputs']['tokens']
        assert torch.equal(trimmed, tokens[:, :length])


def test_batch_of_two_tasks(tokens):
    samples = make_samples('xmr')[:2] + make_samples('fic')[:1]
    with pytest.raises(ValueError, match='a batch must hold one task, got fic, xmr'):
        TaskDataPreprocessor()(dict(inputs=dict(tokens=tokens), data_samples=samples))
