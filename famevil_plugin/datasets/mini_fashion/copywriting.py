"""Writes a product's title and description, as FashionGen's shops do.

A description is a row of short conventional sentences, mostly from top to
bottom. Two writers given the same garment agree on much, not on all: they
choose other wordings, swap neighbours and leave things out.
"""
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .garments import ATTRIBUTES, Garment
from .kinds import KINDS
from .phrases import (CLOSINGS, CONTRADICTIONS, OPENING_WORDS, OPENINGS,
                      SENTENCES, TITLE_WORDS, Wordings)

#: The order in which a writer looks at a product.
READING_ORDER = ('neck', 'pattern', 'closure', 'pocket', 'length', 'cuffs',
                 'hem', 'fit', 'detail', 'trim')

#: Share of the products whose texts say which kind they are.
NAMED = 0.75
#: What every text says, whatever it calls the product.
ALWAYS_SAID = ('kind', 'colour', 'second', 'pattern')
USUAL = 0.56
LEFT_OUT = 0.08
SWAPPED = 0.20


def choose(wordings: Wordings, rng: np.random.Generator) -> str:
    """Choose a wording, most often the usual one."""
    if len(wordings) == 1 or rng.random() < USUAL:
        return wordings[0]
    return wordings[int(rng.integers(1, len(wordings)))]


def choose_noun(garment: Garment, rng: np.random.Generator) -> str:
    """Choose what all texts of a product call it: its kind, or less."""
    kind = KINDS[garment.kind]
    return kind.noun if rng.random() < NAMED else kind.general


def told(garment: Garment, noun: str) -> Garment:
    """What a text says that calls a product so.

    A writer who does not say which kind it is does not give it away: left
    out is what fewer than half of the kinds with that name can have.
    """
    meant = [kind for kind in KINDS.values()
             if noun in (kind.noun, kind.general)]
    if len(meant) == 1:
        return garment
    telling = {
        name: '' for name in ATTRIBUTES if name not in ALWAYS_SAID and
        2 * sum(getattr(garment, name) in kind.options.get(name, ())
                for kind in meant) < len(meant)}
    return replace(garment, **telling)


def words_of(garment: Garment, noun: str) -> Mapping[str, str]:
    """The words that templates ask for, in lower case and capitalised."""
    words = {
        'noun': noun,
        'fabric': garment.fabric,
        'colour': garment.colour,
        'second': garment.second,
        'sleeves': OPENING_WORDS.get(garment.sleeves, ''),
        'fit': OPENING_WORDS.get(garment.fit, ''),
        'length': OPENING_WORDS.get(garment.length, ''),
    }
    return words | {name.capitalize(): _capital(word)
                    for name, word in words.items()}


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _tidy(sentence: str) -> str:
    """Close the gaps of words that are absent."""
    return _capital(' '.join(sentence.split()).replace(' .', '.'))


def _said_in_opening(garment: Garment, attribute: str, opening: str) -> bool:
    return f'{{{attribute.capitalize()}}}' in opening and bool(
        OPENING_WORDS.get(getattr(garment, attribute)))


def write_description(garment: Garment, noun: str,
                      rng: np.random.Generator) -> str:
    """Write the description of a product.

    Args:
        garment (Garment): What is described.
        noun (str): What it is called.
        rng (np.random.Generator): The writer's mood.

    Returns:
        str: Three to a dozen short sentences.
    """
    shape = KINDS[garment.kind].shape
    family = shape if shape in OPENINGS else 'other'
    opening = choose(OPENINGS[family], rng)
    said = told(garment, noun)
    words = words_of(said, noun)
    body = []
    for attribute in READING_ORDER:
        wordings = SENTENCES.get((attribute, getattr(said, attribute)))
        left_out = rng.random() < LEFT_OUT
        if (wordings and not left_out and
                not _said_in_opening(said, attribute, opening)):
            body.append(choose(wordings, rng))
    for i in range(len(body) - 1):
        if rng.random() < SWAPPED:
            body[i], body[i + 1] = body[i + 1], body[i]
    count = 2 + (len(body) < 4)
    false = {CONTRADICTIONS.get((name, getattr(garment, name)))
             for name in ATTRIBUTES}
    closings = {choose(CLOSINGS[family], rng) for _ in range(count)} - false
    body += sorted(closings, key=CLOSINGS[family].index, reverse=True)
    return ' '.join(_tidy(sentence.format_map(words))
                    for sentence in (opening, *body))


def write_title(garment: Garment, noun: str, rng: np.random.Generator) -> str:
    """Write the name of a product.

    Args:
        garment (Garment): What is named.
        noun (str): What it is called.
        rng (np.random.Generator): The writer's mood.

    Returns:
        str: Two to five words, each with a capital initial.
    """
    said = told(garment, noun)
    adjectives = [TITLE_WORDS[value] for value in (
        said.pattern, said.texture, said.detail, said.fit,
        said.length, said.closure, said.hem, said.neck)
        if value in TITLE_WORDS]
    kept = [choose(wordings, rng) for wordings in adjectives
            if rng.random() < 0.75][:3]
    colours = garment.colour.title()
    if garment.pattern != 'solid' and rng.random() < 0.4:
        colours += f' & {garment.second.title()}'
    named = [colours] if rng.random() < 0.88 else []
    return ' '.join([*named, *dict.fromkeys(kept), noun.title()])
