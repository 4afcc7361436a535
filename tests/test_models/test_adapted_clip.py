"""The three operational modes of the encoder."""

import pytest
import torch
from open_clip.model import CustomTextCLIP

from famevil_plugin.models import AdaptedCLIP
from famevil_plugin.models.adapted_clip import _pair_layers
from famevil_plugin.models.generation import DecodingCache
from tests.conftest import BACKBONE

from .conftest import perturb_weights


def assert_same(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """But for rounding: a product of fewer rows is summed in another order."""
    torch.testing.assert_close(ours, theirs, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize('training', [True, False])
def test_fresh_adapters_leave_clip_unchanged(encoder, images, tokens, training):
    encoder.train(training)
    with torch.set_grad_enabled(training):
        image, text = (
            encoder.clip.encode_image(images),
            encoder.clip.encode_text(tokens),
        )
        assert_same(encoder.encode_image(images, 'xmr'), image)
        assert_same(encoder.encode_text(tokens, 'xmr'), text)
        assert_same(encoder.fuse(images, tokens, 'tgir'), image + text)


def test_weights_are_open_clips_own(encoder):
    clip = CustomTextCLIP(**BACKBONE)
    assert encoder.clip.state_dict().keys() == clip.state_dict().keys()


def test_trimmed_text_gives_the_same_embedding(encoder, images, tokens):
    perturb_weights(encoder)
    longest = int(tokens.argmax(1).max()) + 1
    assert longest < tokens.size(1)
    trimmed = tokens[:, :longest]
    for whole, short in (
        (encoder.encode_text(tokens, 'xmr'), encoder.encode_text(trimmed, 'xmr')),
        (encoder.fuse(images, tokens, 'scr'), encoder.fuse(images, trimmed, 'scr')),
    ):
        torch.testing.assert_close(whole, short)


def test_the_last_layer_computes_what_is_read(encoder, images, tokens):
    """In the modes that give an embedding its MLP sees one state an item."""
    rows = []
    for side in (encoder.image_tower, encoder.text_tower):
        side.blocks[-1].mlp.register_forward_hook(
            lambda module, inputs, output: rows.append(inputs[0].shape[:2])
        )
    encoder.encode_image(images, 'xmr')
    encoder.encode_text(tokens, 'xmr')
    encoder.fuse(images, tokens, 'scr')
    assert rows == [(3, 1)] * 4
    encoder.encode_memory(images, 'fic')
    assert rows[-1] == (3, 17)


def test_adapters_matter_once_trained(encoder, images, tokens):
    plain = encoder.fuse(images, tokens, 'tgir')
    perturb_weights(encoder)
    fused = encoder.fuse(images, tokens, 'tgir')
    assert not torch.allclose(plain, fused)
    # TSA: the tasks differ; XAA: fusion is more than a sum
    assert not torch.allclose(fused, encoder.fuse(images, tokens, 'scr'))
    apart = encoder.encode_image(images, 'tgir') + encoder.encode_text(tokens, 'tgir')
    assert not torch.allclose(fused, apart)


def test_padding_does_not_reach_the_image(encoder, images, tokens):
    perturb_weights(encoder)
    other = tokens.clone()
    padding = encoder.text_tower.padding(tokens)
    other[padding] = 7
    torch.testing.assert_close(
        encoder.fuse(images, tokens, 'scr'), encoder.fuse(images, other, 'scr')
    )


def test_decoding_is_causal(encoder, images, tokens):
    perturb_weights(encoder)
    memory = encoder.encode_memory(images, 'fic')
    other = tokens.clone()
    other[:, 3:] = 5
    torch.testing.assert_close(
        encoder.decode(memory, tokens, 'fic')[:, :3],
        encoder.decode(memory, other, 'fic')[:, :3],
    )


def test_cached_decoding_equals_uncached(encoder, images, tokens):
    perturb_weights(encoder)
    memory = encoder.encode_memory(images, 'fic')
    whole = encoder.decode(memory, tokens, 'fic')
    cache = DecodingCache()
    pieces = [encoder.decode(memory, tokens[:, :3], 'fic', cache)]
    for i in range(3, tokens.size(1)):
        pieces.append(encoder.decode(memory, tokens[:, i : i + 1], 'fic', cache))
    torch.testing.assert_close(torch.cat(pieces, 1), whole)
    assert cache.length == tokens.size(1)


def test_layers_pair_evenly():
    assert _pair_layers(2, 2) == [
        (range(0, 1), range(0, 1)),
        (range(1, 2), range(1, 2)),
    ]
    pairs = _pair_layers(24, 12)
    assert len(pairs) == 12
    assert all(len(image) == 2 and len(text) == 1 for image, text in pairs)
    assert [i for image, _ in _pair_layers(7, 3) for i in image] == list(range(7))


def test_no_adapters(images, tokens):
    encoder = AdaptedCLIP(
        BACKBONE, ['tgir'], task_bottleneck=None, cross_bottleneck=None
    )
    assert not encoder.task_adapters and not encoder.cross_adapters
    assert_same(
        encoder.fuse(images, tokens, 'tgir'),
        encoder.clip.encode_image(images) + encoder.clip.encode_text(tokens),
    )
    with pytest.raises(ValueError, match='captioning needs cross-attention'):
        encoder.decode([], tokens, 'tgir')


def test_task_without_adapters(encoder, images):
    encoder = AdaptedCLIP(BACKBONE, ['xmr'])
    with pytest.raises(ValueError, match="no adapters for task 'fic'.*xmr"):
        encoder.encode_image(images, 'fic')


def test_too_long_a_text(encoder):
    tokens = torch.ones(1, 25, dtype=torch.long)
    with pytest.raises(ValueError, match='at most 24 tokens, got 25'):
        encoder.text_tower.embed(tokens)


def test_unknown_backbone():
    with pytest.raises(ValueError, match="unknown backbone 'ViT-Z-99'"):
        AdaptedCLIP('ViT-Z-99', ['xmr'])


def test_backbone_that_cannot_be_walked():
    bad = BACKBONE | dict(text_cfg=BACKBONE['text_cfg'] | dict(block_type='custom'))
    with pytest.raises(ValueError, match='blocks of the text tower'):
        AdaptedCLIP(bad, ['xmr'])


def test_missing_weights():
    with pytest.raises(FileNotFoundError, match='no weights at'):
        AdaptedCLIP(BACKBONE, ['xmr'], pretrained='nowhere.pt')
    with pytest.raises(FileNotFoundError, match=r"'openia'.*\(openai, "):
        AdaptedCLIP('ViT-B-32-quickgelu', ['xmr'], pretrained='openia')


def test_weights_that_cannot_be_downloaded(monkeypatch):
    def no_network(source):
        raise OSError('no route to host')

    monkeypatch.setattr('open_clip.download_pretrained', no_network)
    with pytest.raises(
        FileNotFoundError,
        match=r'no route to host\): fetch https://.*/ViT-B-16.pt .*set '
        '`pretrained` to the path',
    ):
        AdaptedCLIP('ViT-B-16-quickgelu', ['xmr'], pretrained='openai')


def test_weights_that_want_another_activation():
    with pytest.raises(
        ValueError, match="'openai' were trained with QuickGELU.*'ViT-B-16-quickgelu'"
    ):
        AdaptedCLIP('ViT-B-16', ['xmr'], pretrained='openai')


def test_weights_from_a_file(tmp_path, images):
    clip = CustomTextCLIP(**BACKBONE)
    torch.save(dict(state_dict=clip.state_dict()), tmp_path / 'clip.pt')
    encoder = AdaptedCLIP(BACKBONE, ['xmr'], pretrained=str(tmp_path / 'clip.pt'))
    assert_same(encoder.encode_image(images, 'xmr'), clip.encode_image(images))


def test_decoding_with_padding_out_of_sight(encoder, images, tokens):
    perturb_weights(encoder)
    memory = encoder.encode_memory(images, 'fic')
    padding = encoder.text_tower.padding(tokens)
    whole = encoder.decode(memory, tokens, 'fic', padding=padding)
    plain = encoder.decode(memory, tokens, 'fic')
    torch.testing.assert_close(whole[~padding], plain[~padding])
    assert not torch.allclose(whole[padding], plain[padding])
    # padding sees the text alone, so its own neighbours do not matter
    other = tokens.masked_fill(padding, 7)
    other[:, -1] = tokens[:, -1]
    torch.testing.assert_close(
        encoder.decode(memory, other, 'fic', padding=padding)[:, -1], whole[:, -1]
    )
    cache = DecodingCache()
    pieces = [
        encoder.decode(memory, tokens[:, i:j], 'fic', cache, padding[:, :j])
        for i, j in ((0, 3), (3, 4), (4, tokens.size(1)))
    ]
    torch.testing.assert_close(torch.cat(pieces, 1), whole)
