"""How MiniFashion's texts name what is on a photo, for judging captions.

Words are regular expressions over lower-case words with a space between, as
:class:`~famevil_plugin.evaluation.CaptionAttributes` looks for them.
"""
from collections.abc import Sequence
from typing import Any

from .catalogue import ATTRIBUTES_BY_ID
from .garments import COLOURS
from .kinds import KINDS, SUBCATEGORIES

#: The words of each pattern in SENTENCES and TITLE_WORDS of ``phrases``.
#: Stripes at the sides are a trim, and a plain product has no pattern to name.
PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    'stripes': (r'(?:horizontal )?stripes?(?! in (?:\w+ ){1,2}at sides)',
                'striped'),
    'pinstripes': ('pinstripes?', 'pinstriped', 'vertical stripes?',
                   'vertically striped'),
    'check': ('check', 'checked', 'plaid'),
    'dots': ('polka dots?', 'dots?', 'dotted'),
    'floral': ('floral', 'flowers?'),
    'leopard': ('leopard',),
    'camouflage': ('camouflage', 'camo'),
    'colour-block': ('colour blocked', 'panelled', 'lower panel'),
}


def attribute_words() -> dict[str, dict[str, list[str]]]:
    """By facet (kind, colours, pattern) and value the words that name it."""
    nouns = dict.fromkeys(kind.noun for kind in KINDS.values())
    return {
        'kind': {noun: [noun.replace('-', ' ')] for noun in nouns},
        'colours': {colour: [colour] for colour in COLOURS},
        'pattern': {name: list(words)
                    for name, words in PATTERN_WORDS.items()},
    }


def name_attributes(label: int | None,
                    attributes: Sequence[int]) -> dict[str, list[str]]:
    """A product's true values by facet; none where no text names them.

    Args:
        label (int | None): Its sub-category.
        attributes (Sequence[int]): Its ids in the annotation.
    """
    found: dict[str, Any] = {'kind': [], 'colours': [], 'pattern': []}
    if label is not None:
        found['kind'].append(KINDS[SUBCATEGORIES[label]].noun)
    for name, value in (ATTRIBUTES_BY_ID[number] for number in attributes):
        if name in ('colour', 'second'):
            found['colours'].append(value)
        elif name == 'pattern' and value in PATTERN_WORDS:
            found['pattern'].append(value)
    return found
