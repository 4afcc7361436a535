"""A tokenizer as data: settings, vocabulary and merges."""

import json
import unicodedata
from typing import Any

from ftfy import fixes
from open_clip.tokenizer import SimpleTokenizer, bytes_to_unicode

# what ftfy.fix_text does to single characters, but for Unicode's NFC
_MENDING = (
    fixes.fix_c1_controls,
    fixes.fix_latin_ligatures,
    fixes.fix_character_width,
    fixes.uncurl_quotes,
    fixes.fix_line_breaks,
    fixes.remove_control_chars,
)


def describe_texts(tokenizer: SimpleTokenizer) -> dict[str, Any]:
    """From a text to token ids, beside the files of :func:`tokenizer_files`.

    ``characters`` is what :mod:`ftfy` makes of single characters: straight
    quotes, letters of full width, ligatures. What else it mends, texts that
    were read in the wrong encoding, has no table.
    """
    alphabet = bytes_to_unicode()
    return dict(
        vocabulary='vocab.json',
        merges='merges.txt',
        vocabulary_size=tokenizer.vocab_size,
        context_length=tokenizer.context_length,
        start=tokenizer.sot_token_id,
        end=tokenizer.eot_token_id,
        padding=0,
        word_end='</w>',
        bytes=''.join(alphabet[byte] for byte in range(256)),
        pattern=tokenizer.pat.pattern,
        steps=[
            'replace characters by `characters`',
            'Unicode NFC',
            'unescape HTML, twice',
            'one space for white space, none at the ends',
            'lower case',
            'split by `pattern`, ignoring case',
            'UTF-8, a character of `bytes` for each byte',
            'byte pairs by `merges`, `word_end` at the last character',
            'ids of `vocabulary`, between `start` and `end`',
            'at most context_length, of which the last is `end`',
        ],
        characters=mended_characters(),
        dtype='int64',
    )


def mended_characters() -> dict[str, str]:
    """What ftfy makes of characters, where it is not Unicode's NFC."""
    found = {}
    for character in map(chr, range(0x10000)):
        if unicodedata.category(character) == 'Cs':  # halves of characters
            continue
        mended = character
        for mend in _MENDING:
            mended = mend(mended)
        if mended != character:
            found[character] = mended
    return found


def tokenizer_files(tokenizer: SimpleTokenizer) -> dict[str, bytes]:
    """The content of ``vocab.json``, ids by token, and of ``merges.txt``, the
    byte pairs in their order: transformers' ``CLIPTokenizer`` reads them, too."""
    merges = ['#version: 0.2', *map(' '.join, tokenizer.bpe_ranks), '']
    return {
        'vocab.json': json.dumps(tokenizer.encoder).encode('ascii'),
        'merges.txt': '\n'.join(merges).encode('utf-8'),
    }
