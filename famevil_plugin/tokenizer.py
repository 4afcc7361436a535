"""CLIP's byte-pair tokenizer, whole or with a vocabulary for fashion."""

import functools
import gzip
import re
import tempfile
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, NamedTuple

import regex
from open_clip.tokenizer import SimpleTokenizer, default_bpe

# what a person writes without a space before it, after it, or on both sides
_CLOSING, _OPENING, _JOINING = '.,;:!?%)]}…', '([{$£€#', '-/'
FULL_VOCABULARY = 49408
# every byte, alone and at a word's end, and the two ends of a text
_BASE = 2 * 256 + 2


class PlainTextTokenizer(SimpleTokenizer):
    """open_clip's tokenizer, to which a text is nothing but text.

    open_clip reads ``<end_of_text>`` spelt out in a text as the token that
    ends it, so what a product's description says would decide where it ends.
    """

    pat: Any  # the pattern that splits a text into words

    def __init__(self, bpe_path: str, context_length: int) -> None:
        super().__init__(bpe_path, context_length=context_length)
        special = [self.decoder[number] for number in self.all_special_ids]
        whole, prefix = self.pat.pattern, f'{"|".join(special)}|'
        assert whole.startswith(prefix), f'open_clip splits texts by {whole!r}'
        self.pat = regex.compile(whole.removeprefix(prefix), regex.IGNORECASE)


@functools.cache
def build_tokenizer(
    vocab_size: int = FULL_VOCABULARY, context_length: int = 77
) -> SimpleTokenizer:
    """Build open_clip's tokenizer.

    A small CLIP trained from scratch wants few ids. A vocabulary below the
    full one keeps of CLIP's merges those that spell the words of
    ``fashion_words.txt``, and the most frequent others. It still spells any
    text, an unusual word in more pieces.

    Args:
        vocab_size (int): Number of ids. Defaults to CLIP's 49,408.
        context_length (int): Tokens of a text, both ends included.

    Returns:
        SimpleTokenizer: Calling it with texts gives ids ``(B, context
        length)``, zero behind the end; its largest id ends a text.

    Raises:
        ValueError: If the vocabulary cannot have that size.
    """
    if not _BASE <= vocab_size <= FULL_VOCABULARY:
        raise ValueError(
            f'vocab_size must lie in {_BASE} (bytes alone) to '
            f"{FULL_VOCABULARY} (CLIP's own), got {vocab_size}"
        )
    merges = _choose_merges(vocab_size - _BASE)
    with tempfile.NamedTemporaryFile(suffix='.gz') as file:
        lines = ['#version: 0.2', *map(' '.join, merges)]
        file.write(gzip.compress('\n'.join(lines).encode('utf-8')))
        file.flush()
        return PlainTextTokenizer(file.name, context_length)


class TextLoss(NamedTuple):
    """Tokens of a text, without its ends, and how many do not fit."""

    tokens: int
    lost: int


def find_losses(
    tokenizer: SimpleTokenizer, texts: Iterable[str]
) -> dict[str, TextLoss]:
    """What a tokenizer's context cuts from texts, by text."""
    room = tokenizer.context_length - 2
    counts = {text: len(tokenizer.encode(text)) for text in dict.fromkeys(texts)}
    return {text: TextLoss(n, max(n - room, 0)) for text, n in counts.items()}


def lost_percentage(losses: Iterable[TextLoss]) -> float:
    """The percentage of the tokens that do not fit."""
    tokens, lost = map(sum, zip(TextLoss(0, 0), *losses))
    return 100 * lost / max(tokens, 1)


def _choose_merges(count: int) -> list[tuple[str, str]]:
    """So many of CLIP's merges, in CLIP's order of frequency."""
    whole = SimpleTokenizer(default_bpe())
    ranks: dict[tuple[str, str], int] = whole.bpe_ranks
    if count == len(ranks):
        return list(ranks)
    parts = {left + right: (left, right) for left, right in ranks}
    chosen: dict[tuple[str, str], None] = {}

    def choose(piece: str) -> None:
        """The merge that makes a piece, after those that make its parts."""
        if piece in parts and parts[piece] not in chosen:
            left, right = parts[piece]
            choose(left)
            choose(right)
            chosen[left, right] = None

    words = files('famevil_plugin').joinpath('fashion_words.txt').read_text()
    for word in re.findall(r'\w+', words):
        for piece in whole.bpe(word).split(' '):
            choose(piece)
    for left, right in ranks:
        choose(left + right)
    return sorted(list(chosen)[:count], key=ranks.__getitem__)


def write_out(spelled: str) -> str:
    """A text as a person writes it, from what a tokenizer decoded.

    The tokenizer spells ``t - shirt . 2 5 mm`` what was ``T-shirt. 25 mm``.
    Punctuation joins the word before it, hyphens join both words, digits
    join each other, and a sentence begins with a capital; other capitals are
    lost. For people alone: metrics count the words as they were spelled.

    Args:
        spelled (str): Words and marks with a space between.

    Example:
        >>> write_out('t - shirt . approx . 9 . 5 " width ( 2 pockets ) .')
        'T-shirt. Approx. 9.5" width (2 pockets).'
    """
    written, joins, quoted = '', True, False
    words = spelled.split()
    for word, following in zip(words, [*words[1:], '']):
        last = written[-1:]
        opens_quote = word == '"' and not quoted and not last.isdigit()
        if not joins and not _joins_left(word, written, quoted, following):
            written += ' '
        written += word
        joins = (
            opens_quote
            or word[-1] in _OPENING
            or (word in _JOINING and bool(last.strip()))
            or (word in ("'", '’') and following in _CONTRACTED)
            or (word in '.,' and last.isdigit() and following.isdigit())
        )
        if word == '"' and not last.isdigit():
            quoted = not quoted
    return regex.sub(
        r'(^\W*|[.!?]["\')\]]* )(\p{Ll})', lambda m: m[1] + m[2].upper(), written
    )


_CONTRACTED = ('s', 't', 're', 've', 'm', 'll', 'd')


def _joins_left(word: str, written: str, quoted: bool, following: str) -> bool:
    """Whether a word follows the last one without a space."""
    last = written[-1:]
    if word[0] in _CLOSING or (word in _JOINING and following):
        return True
    if word.isdigit() and last.isdigit():
        return True
    if word == '"':
        return quoted or last.isdigit()
    return word[0] in "'’" and (word[1:] or following) in _CONTRACTED
