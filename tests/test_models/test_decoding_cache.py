"""A search over the cache writes what one without a cache writes."""

from functools import partial

import pytest
import torch

from famevil_plugin.models.adapters import CrossAttentionAdapter
from famevil_plugin.models.generation import SearchCache, beam_search, greedy_search

IMAGES = 9
LENGTH = 16


class Recomputer:
    """Reads each text from its start at every step."""

    def __init__(self, model, images, beams):
        self.model = model
        memory = model.encoder.encode_memory(images, 'fic')
        self.memory = [part.repeat_interleave(beams, 0) for part in memory]
        self.tokens = torch.zeros(len(images) * beams, 0, dtype=torch.long)
        self.rows = []

    def step(self, newest):
        self.rows.append(len(newest))
        self.tokens = torch.cat([self.tokens, newest], 1)
        hidden = self.model.encoder.decode(self.memory, self.tokens, 'fic')
        return self.model.heads['fic'].to_vocabulary(hidden[:, -1])

    def select(self, rows):
        self.tokens = self.tokens[rows]
        self.memory = [part[rows] for part in self.memory]


@pytest.fixture
def writer(model):
    """A model whose words depend on those before."""
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.5)
    model.heads['fic'].max_length = LENGTH
    return model.eval().requires_grad_(False)


@pytest.fixture
def photos():
    return torch.randn(IMAGES, 3, 32, 32)


def end_here_and_there(model, photos):
    """Let a word end texts that stands at other places in each of them."""
    head = model.heads['fic']
    head.special = head.special._replace(end=-1)
    texts = head.generate(model.encoder, photos)[:, 1:].tolist()
    words = {word for text in texts for word in text}
    end = max(words, key=lambda word: len({t.index(word) for t in texts if word in t}))
    head.special = head.special._replace(end=end)


@pytest.mark.parametrize('beams', [1, 2, 5])
def test_a_search_without_a_cache_writes_the_same(writer, photos, beams):
    head = writer.heads['fic']
    head.beams = beams
    end_here_and_there(writer, photos)
    search = greedy_search if beams == 1 else partial(beam_search, beams=beams)
    plain = Recomputer(writer, photos, beams)
    expected = search(
        step=plain.step,
        select=plain.select,
        batch=IMAGES,
        special=head.special,
        max_length=LENGTH,
        device=photos.device,
    )
    found = head.generate(writer.encoder, photos)
    assert torch.equal(found, expected)
    assert len({int((row != head.special.end).sum()) for row in found}) > 1
    if beams == 1:  # texts that end leave the batch
        assert plain.rows[0] == IMAGES > plain.rows[-1]
        assert plain.rows == sorted(plain.rows, reverse=True)


def test_ended_texts_may_stay(writer, photos):
    head = writer.heads['fic']
    end_here_and_there(writer, photos)
    plain = Recomputer(writer, photos, 1)
    stayed = greedy_search(
        plain.step, IMAGES, head.special, LENGTH, device=photos.device
    )
    assert set(plain.rows) == {IMAGES}
    assert torch.equal(stayed, head.generate(writer.encoder, photos))


def test_an_image_is_projected_once_for_all_beams(writer, photos, monkeypatch):
    seen = []
    project = CrossAttentionAdapter.project_context

    def count(adapter, context):
        seen.append(len(context))
        return project(adapter, context)

    monkeypatch.setattr(CrossAttentionAdapter, 'project_context', count)
    writer.heads['fic'].beams = 4
    writer.heads['fic'].generate(writer.encoder, photos)
    assert seen == [IMAGES] * len(writer.encoder.exchanges)


def test_steps_write_in_place_and_beams_move_nothing(writer, photos):
    memory = writer.encoder.encode_memory(photos, 'fic')
    cache = SearchCache(IMAGES, room=3, beams=2)

    def decode(*tokens):
        newest = torch.tensor(tokens).expand(IMAGES, -1)
        return writer.encoder.decode(memory, newest, 'fic', cache)

    decode(7, 8)
    places = [x.data_ptr() for pair in cache.text.values() for x in pair]
    rows = 2 * torch.arange(IMAGES)[:, None] + torch.tensor([1, 1])
    cache.select(rows.flatten())  # both go on from 8
    found = decode(9, 3)
    assert places == [x.data_ptr() for pair in cache.text.values() for x in pair]
    assert cache.length == 2
    for beam, text in enumerate(([8, 9], [8, 3])):
        tokens = torch.tensor(text).expand(IMAGES, -1)
        whole = writer.encoder.decode(memory, tokens, 'fic')
        torch.testing.assert_close(found[:, beam], whole[:, -1])
    # a third of the images leaves
    cache.select(rows[::3].flatten())
    assert {len(x) for pair in cache.text.values() for x in pair} == {IMAGES // 3}
    assert {len(x) for pair in cache.memory.values() for x in pair} == {IMAGES // 3}
