"""Scores as text."""

import pytest

from famevil_plugin.reporting import RunFacts, Summary, TaskSummary, score_table


@pytest.mark.parametrize(
    ('missing', 'line'),
    [
        (
            dict(photos=3, products=1, queries=4),
            '  left out, as 3 photos are missing: queries 4',
        ),
        (
            dict(
                photos=2,
                products=1,
                queries=dict(i2t=2, t2i=1),
                gallery=dict(i2t=1, t2i=2),
            ),
            '  left out, as 2 photos are missing: queries i2t 2, t2i 1; '
            'gallery i2t 1, t2i 2',
        ),
        (
            dict(
                photos=1,
                queries=dict(dress=1),
                gallery=dict(original=dict(dress=1), val=dict(dress=2)),
            ),
            '  left out, as 1 photos are missing: queries dress 1; '
            'gallery original (dress 1), val (dress 2)',
        ),
    ],
)
def test_says_what_missing_photos_took(missing, line):
    facts = dict(protocol='full')
    assert line in lines(facts | dict(missing=missing))
    assert not any('missing' in line for line in lines(facts))


def test_says_which_tasks_were_left_out():
    run = RunFacts(8, left_out=dict(tgir='there are no triplets'))
    table = score_table(Summary(dict(xmr=TaskSummary(dict(mean=50.0))), run))
    assert table.splitlines()[-1] == '  left out: tgir, as there are no triplets'


def lines(facts):
    """A table of one task."""
    task = TaskSummary(dict(mean=50.0), facts)
    return score_table(Summary(dict(tgir=task))).splitlines()


def test_score_table():
    facts = dict(protocol='full', gallery=10, chance=dict(mean=1.0))
    xmr = TaskSummary(dict(mean=62.5), facts, 'cross-modal retrieval')
    fic = TaskSummary({'BLEU-4': 30.25, 'mean': 40.0}, dict(protocol='ptb'))
    assert score_table(Summary(dict(xmr=xmr, fic=fic))).splitlines() == [
        'XMR  cross-modal retrieval (protocol full)',
        '                   mean',
        '  model           62.50',
        '  chance           1.00',
        '',
        'FIC  fic (protocol ptb)',
        '                 BLEU-4         mean',
        '  model           30.25        40.00',
        '',
        '                    XMR          FIC         mean',
        '  model           62.50        40.00        51.25',
    ]


def test_a_second_protocol_has_a_block_of_its_own():
    facts = dict(
        protocol='ptb',
        attributes=dict(protocol='named', references=dict(kind=99.0), chance={}),
    )
    fic = TaskSummary({'BLEU-4': 30.25, 'attributes/kind': 90.0}, facts)
    assert score_table(Summary(dict(fic=fic))).splitlines()[:8] == [
        'FIC  fic (protocol ptb)',
        '                 BLEU-4',
        '  model           30.25',
        '',
        'FIC  fic, attributes (protocol named)',
        '                   kind',
        '  model           90.00',
        '  texts           99.00',
    ]
