"""A batch in pieces has the gradients of the whole one, in less memory."""

import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks

from famevil_plugin.models import AdaptedCLIP, FAMEViL
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tokenizer import build_tokenizer
from tests.conftest import BACKBONE, TASKS, TOKENIZER
from tests.tiny_run import model_config

from .conftest import perturb_weights

BATCH = 12


@pytest.fixture
def model() -> FAMEViL:
    """Of all tasks, in double precision."""
    model = MODELS.build(model_config()).double()
    perturb_weights(model)
    return model


Batch = tuple[dict[str, torch.Tensor], list[FashionSample]]


def make_batch(size: int) -> Batch:
    """Items whose texts are of unequal lengths."""
    words = 'a long red dress with white dots and boots'.split()
    texts = [' '.join(words[: 1 + i % len(words)]) for i in range(size)]
    photos = torch.randn(2, size, 3, 32, 32, dtype=torch.float64)
    tokens = build_tokenizer(**TOKENIZER)(texts)
    inputs = dict(image=photos[0], target_image=photos[1], tokens=tokens)
    return inputs, [FashionSample(gt_label=i % 7) for i in range(size)]


@pytest.fixture
def batch() -> Batch:
    """As large as a tiny card could hold."""
    return make_batch(BATCH)


def step(model, batch, task, chunk_size):
    """Loss, gradients by name, and the floats that the backward pass needs."""
    inputs, samples = batch
    for sample in samples:
        sample.set_metainfo(dict(task=task))
    model.encoder.chunk_size = chunk_size
    model.zero_grad()
    kept: dict[int, int] = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes() // 8
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = sum(model(inputs, samples, 'loss').values())
    loss.backward()
    gradients = {
        name: parameter.grad.clone()
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
    return loss.detach(), gradients, sum(kept.values())


@pytest.mark.parametrize('task', TASKS)
@pytest.mark.parametrize('size', [5, BATCH])
def test_the_gradients_of_the_whole_batch(model, batch, task, size):
    loss, expected, whole = step(model, batch, task, None)
    chunked, found, kept = step(model, batch, task, size)
    torch.testing.assert_close(chunked, loss)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-9, atol=1e-12)
    # parameters count on both sides, and captions' logits
    assert kept < (0.7 if task == 'fic' else 0.5) * whole


@pytest.mark.parametrize('task', TASKS)
def test_checkpointed_activations_change_no_bit(model, batch, task):
    """A chunk of the whole batch, in the precision that trains."""
    inputs, samples = batch
    photos = {name: x.float() if x.ndim == 4 else x for name, x in inputs.items()}
    batch = photos, samples
    model.float()
    loss, expected, _ = step(model, batch, task, None)
    again, found, _ = step(model, batch, task, BATCH)
    assert torch.equal(again, loss)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        assert torch.equal(found[name], gradient), name


@pytest.mark.parametrize('task', ['xmr', 'tgir'])
def test_the_gradients_of_512_items_in_pieces_of_64(model, task):
    """Each item is compared with 511 others, of which 448 are in other pieces."""
    batch = make_batch(512)
    loss, expected, _ = step(model, batch, task, None)
    chunked, found, _ = step(model, batch, task, 64)
    torch.testing.assert_close(chunked, loss, rtol=1e-6, atol=0)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-6, atol=1e-9)
    # a mean over the pieces' own losses is another loss
    inputs, samples = batch
    apart = [
        step(
            model,
            ({k: v[i : i + 64] for k, v in inputs.items()}, samples[i : i + 64]),
            task,
            None,
        )[0]
        for i in range(0, 512, 64)
    ]
    assert abs(torch.stack(apart).mean() - loss) > 0.1


def test_a_piece_at_a_time(model, batch, monkeypatch):
    seen = []
    embed = type(model.encoder.image_tower).embed

    def count(tower, images):
        seen.append(len(images))
        return embed(tower, images)

    monkeypatch.setattr(type(model.encoder.image_tower), 'embed', count)
    step(model, batch, 'xmr', 5)
    assert sorted(seen) == [2, 2, 5, 5, 5, 5]  # forward, and again
    with torch.no_grad():
        model.encoder.encode_image(batch[0]['image'], 'xmr')
    assert seen[-1] == BATCH


def test_a_chunk_of_nothing():
    with pytest.raises(ValueError, match='chunk_size must be at least 1, got 0'):
        AdaptedCLIP(BACKBONE, tasks=['xmr'], chunk_size=0)
