"""What captions get right."""

import json

import pytest

from famevil_plugin.evaluation import CaptionAttributes

WORDS = dict(
    kind={
        'shirt': ['shirt'],
        'dress': ['dress'],
        'shirt dress': ['shirt dress'],
        'coat': ['coat'],
        'belt': ['belt'],
    },
    colours={name: [name] for name in ('red', 'blue', 'sky blue', 'navy')},
    pattern=dict(dots=['polka dots?', 'dotted'], stripes=['stripes?']),
)


def score(rows, words=WORDS):
    """Rows of reference, caption, kind, colours, pattern."""
    metric = CaptionAttributes()
    metric.dataset_meta = dict(attribute_words=words) if words else {}
    metric.process(
        None,
        [
            dict(
                sample_idx=number,
                product_id=number,
                gt_caption=truth,
                pred_caption=caption,
                attributes=json.dumps(
                    dict(zip(('kind', 'colours', 'pattern'), map(str.split, facts)))
                    | (dict(kind=['shirt dress']) if 'shirt-dress' in facts[0] else {})
                ),
            )
            for number, (truth, caption, *facts) in enumerate(rows)
        ],
    )
    return metric.evaluate(len(rows)), metric.facts


def right(caption, *facts):
    """By facet, whether one caption is right."""
    scores, _ = score([('', caption, *facts)])
    return {
        key.removeprefix('attributes/'): value == 100 for key, value in scores.items()
    }


@pytest.mark.parametrize(
    ('caption', 'facts', 'facet', 'expected'),
    [
        ('red coat . navy belt at waist', ('coat', 'red navy', ''), 'kind', True),
        ('red belt of a coat', ('coat', 'red', ''), 'kind', False),
        ('Red Shirt-Dress', ('shirt-dress', 'red', ''), 'kind', True),
        ('red shirt - dress', ('shirt', 'red', ''), 'kind', False),
        ('something in red', ('coat', 'red', ''), 'kind', False),
        ('sky blue coat', ('coat', 'blue', ''), 'colours', False),
        ('sky - blue coat', ('coat', 'navy', ''), 'colours', False),
        ('coat in navy and red, navy', ('coat', 'red navy', ''), 'colours', True),
        ('coat in navy', ('coat', 'red navy', ''), 'colours', False),
        ('coat in navy and red', ('coat', 'navy', ''), 'colours', False),
        ('redder coat', ('coat', 'red', ''), 'colours', False),
        ('polka dot coat', ('coat', 'red', 'dots'), 'pattern', True),
        ('polka dots and stripes', ('coat', 'red', 'dots'), 'pattern', False),
        ('plain coat', ('coat', 'red', 'dots'), 'pattern', False),
    ],
)
def test_a_caption(caption, facts, facet, expected):
    assert right(caption, *facts)[facet] is expected


def test_plain_products_are_not_judged_by_pattern():
    assert set(right('coat with stripes', 'coat', 'red', '')) == {
        'kind',
        'colours',
        'mean',
    }


def test_ceiling_and_chance():
    scores, facts = score(
        [
            ('coat in red', 'red coat', 'coat', 'red', ''),
            ('striped shirt', 'navy belt', 'shirt', 'navy', 'stripes'),
        ]
    )
    assert scores == {
        'attributes/kind': 50.0,
        'attributes/colours': 100.0,
        'attributes/pattern': 0.0,
        'attributes/mean': 50.0,
    }
    assert facts['protocol'] == 'named-attributes'
    assert facts['queries'] == dict(kind=2, colours=2, pattern=1)
    assert facts['references'] == dict(kind=100.0, colours=50.0, pattern=0.0, mean=50.0)
    assert facts['chance']['kind'] == 0.0
    assert facts['score'] == 'attributes/mean'


def test_without_words_there_are_no_scores():
    scores, facts = score([('a coat', 'a coat', 'coat', '', '')], words=None)
    assert scores == {} and facts == {}


def test_nothing_to_judge():
    with pytest.raises(ValueError, match='no sample has a true value of kind, colours'):
        score([('a coat', 'a coat', '', '', '')])
