"""CLIP's tokenizer and its smaller vocabularies."""

import open_clip
import pytest

from famevil_plugin.tokenizer import build_tokenizer, write_out

TEXT = 'Long-sleeve jersey T-shirt in navy, with 3" cuffs. Crème!'


def test_full_vocabulary_is_open_clips():
    ours, theirs = build_tokenizer(), open_clip.get_tokenizer('ViT-B-16')
    assert (ours(TEXT) == theirs(TEXT)).all()
    assert ours.vocab_size == 49408


@pytest.mark.parametrize('size', [514, 1000, 8192])
def test_any_vocabulary_spells_any_text(size):
    tokenizer = build_tokenizer(size, context_length=90)
    assert tokenizer.vocab_size == size
    ids = tokenizer(TEXT)[0]
    assert ids.max() == ids[ids.argmax()] == size - 1
    whole = build_tokenizer()
    assert tokenizer.decode(tokenizer.encode(TEXT)) == whole.decode(whole.encode(TEXT))


def test_larger_vocabularies_take_fewer_tokens():
    lengths = [
        len(build_tokenizer(size).encode(TEXT)) for size in (514, 1000, 8192, 49408)
    ]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize('size', [513, 49409])
def test_impossible_vocabulary(size):
    with pytest.raises(ValueError, match=f'514 .*49408.* got {size}'):
        build_tokenizer(size)


@pytest.mark.parametrize('vocab_size', [600, 49408])
@pytest.mark.parametrize('special', ['<end_of_text>', '<START_OF_TEXT>'])
def test_a_special_token_spelt_out_is_text(vocab_size, special):
    tokenizer = build_tokenizer(vocab_size, context_length=40)
    text = f'red {special} dress'
    tokens = tokenizer(text)[0]
    assert (tokens == tokenizer.eot_token_id).sum() == 1
    assert (tokens == tokenizer.sot_token_id).sum() == 1
    spelt = tokenizer.decode(tokens[1 : tokens.argmax()].tolist())
    assert spelt.replace(' ', '') == text.lower().replace(' ', '')


@pytest.mark.parametrize(
    'text',
    [
        'Black t-shirt. Short sleeve cotton jersey t-shirt in black.',
        'V-neck collar. A-line silhouette. Approx. 9" width.',
        'Men\'s "air" jacket (2 pockets), $250 & 5-pocket styling!',
        "Don't iron. 2.25 mm [or 12]: we've said so.",
        '',
    ],
)
def test_a_text_is_written_out_as_it_was(text):
    tokenizer = build_tokenizer(1000)
    spelled = tokenizer.decode(tokenizer.encode(text))
    assert write_out(spelled) == text


@pytest.mark.parametrize('spelled', ['- -', "' '", '"', '. . .', '$', '- a', '5 -'])
def test_any_marks_are_written_out(spelled):
    kept = write_out(spelled).replace(' ', '').lower()
    assert kept == spelled.replace(' ', '')
