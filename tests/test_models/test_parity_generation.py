"""Greedy and beam search write the authors' captions, id by id.

The authors' greedy search never stops: it writes up to the limit, and what
follows the first end-of-text token is cut off later. Both their searches
append one more end-of-text token.
"""

import pytest
import torch
from torch import Tensor

from famevil_plugin.models import FAMEViL
from famevil_plugin.models.generation import DecodingCache

LENGTHS = (12, 16)
BEAMS = (3, 5)


@pytest.fixture(scope='module')
def recorded(reference) -> dict[str, Tensor]:
    """Their captions and the logits on the way."""
    return reference.tensors('generation')


@pytest.fixture(scope='module', params=['', 'alt_'])
def variant(request) -> str:
    """With ``alt_``, a head that ends every text early."""
    return request.param


@pytest.fixture(scope='module')
def student(reference, recorded, variant) -> FAMEViL:
    """The recorded four-task model."""
    model = reference.model('student').eval().requires_grad_(False)
    if variant:
        model.heads['fic'].to_vocabulary.weight[199] = recorded['alt_eos_row']
    return model


def generate(reference, model: FAMEViL, length: int, beams: int = 1) -> Tensor:
    """Our captions of the recorded images."""
    head = model.heads['fic']
    head.max_length, head.beams = length, beams
    return head.generate(model.encoder, reference.inputs('fic')['image'])


def until_end(ids: Tensor) -> list[list[int]]:
    """Each text without its end."""
    return [row[: row.index(199)] if 199 in row else row for row in ids.tolist()]


def spell(model: FAMEViL, texts: list[list[int]]) -> list[str]:
    """As the head writes them."""
    return [model.heads['fic'].spell(ids) for ids in texts]


def of_lengths(recorded: dict[str, Tensor], name: str) -> dict[int, Tensor]:
    """Recorded ids under a name, by the limit of tokens."""
    found = {
        length: recorded[f'{name}/{length}']
        for length in LENGTHS
        if f'{name}/{length}' in recorded
    }
    assert found
    return found


def test_greedy_search(reference, deviations, student, recorded, variant):
    for length, theirs in of_lengths(recorded, f'{variant}greedy').items():
        ours = until_end(generate(reference, student, length))
        for got, expected in zip(ours, until_end(theirs), strict=True):
            deviations.check('captions: greedy ids', got, expected)
        assert (
            spell(student, ours)
            == reference.numbers('generation')[f'{variant}greedy_captions/{length}']
        )


def test_logits_over_the_cache(reference, deviations, student, recorded, variant):
    """Their texts go through our cached decoder one token at a time."""
    image = reference.inputs('fic')['image']
    for length, theirs in of_lengths(recorded, f'{variant}greedy_logits').items():
        ids = recorded[f'{variant}greedy/{length}']
        memory, cache = student.encoder.encode_memory(image, 'fic'), DecodingCache()
        ours = torch.stack(
            [
                student.heads['fic'].to_vocabulary(
                    student.encoder.decode(memory, ids[:, i : i + 1], 'fic', cache)[
                        :, 0
                    ]
                )
                for i in range(length - 1)
            ],
            dim=1,
        )
        deviations.check('captions: logits, cached', ours, theirs)


@pytest.mark.parametrize('beams', BEAMS)
def test_beam_search(reference, deviations, student, recorded, variant, beams):
    for length, theirs in of_lengths(recorded, f'{variant}beam{beams}').items():
        ours = generate(reference, student, length, beams)
        assert (theirs[:, -1] == 199).all()
        deviations.check(f'captions: beam {beams} ids', ours, theirs[:, :-1])
        if beams == 5:
            assert (
                spell(student, ours.tolist())
                == reference.numbers('generation')[f'{variant}beam5_captions/{length}']
            )


def test_scores_of_beams(reference, deviations, student, recorded, variant):
    """A caption's log-probability over its length, the end not counted in
    the length."""
    image = reference.inputs('fic')['image']
    memory = student.encoder.encode_memory(image, 'fic')
    for length, scores in of_lengths(recorded, f'{variant}beam5_scores').items():
        ids = recorded[f'{variant}beam5/{length}']
        hidden = student.encoder.decode(memory, ids[:, :-1], 'fic')
        steps = (
            student.heads['fic']
            .to_vocabulary(hidden)
            .log_softmax(-1)
            .gather(2, ids[:, 1:, None])[..., 0]
        )
        for row, text, score in zip(steps, until_end(ids), scores):
            # the end's probability counts, unless the limit cut the text
            counted = min(len(text), length - 1)
            deviations.check(
                'captions: beam 5 scores', row[:counted].sum() / len(text), score
            )
