"""CLIP's byte-pair tokenizer, whole or with a smaller vocabulary."""

import functools
import gzip
import tempfile

from open_clip.tokenizer import SimpleTokenizer, default_bpe

# every byte, alone and at a word's end, and the two ends of a text
_BASE = 2 * 256 + 2
FULL_VOCABULARY = 49408


@functools.cache
def build_tokenizer(vocab_size: int = FULL_VOCABULARY,
                    context_length: int = 77) -> SimpleTokenizer:
    """Build open_clip's tokenizer.

    CLIP's merges are ordered by frequency, so their first ones make a
    smaller vocabulary that still spells any text, in more tokens. A CLIP
    trained from scratch on little text wants few.

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
        raise ValueError(f'vocab_size must lie in {_BASE} (bytes alone) to '
                         f"{FULL_VOCABULARY} (CLIP's own), got {vocab_size}")
    with gzip.open(default_bpe(), 'rt', encoding='utf-8') as file:
        lines = file.read().split('\n')[:1 + vocab_size - _BASE]
    with tempfile.NamedTemporaryFile(suffix='.gz') as merges:
        merges.write(gzip.compress('\n'.join(lines).encode('utf-8')))
        merges.flush()
        return SimpleTokenizer(merges.name, context_length=context_length)
