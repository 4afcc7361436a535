"""Messages of the loops, and the table of scores."""

import pytest

from famevil_plugin.engine import MultiTaskValLoop
from famevil_plugin.reporting import score_table


def test_loaders_and_evaluators_of_other_tasks():
    with pytest.raises(ValueError, match='same tasks, got xmr and xmr, fic'):
        MultiTaskValLoop(None, dict(xmr={}), dict(xmr={}, fic={}))


def test_score_table():
    summary = dict(
        xmr=dict(protocol='full', mean=62.5, gallery=10, chance=dict(mean=1.0)),
        fic={'protocol': 'ptb', 'BLEU-4': 30.25, 'mean': 40.0},
        mean=51.25,
    )
    assert score_table(summary).splitlines() == [
        'XMR  cross-modal retrieval (protocol full)',
        '                   mean',
        '  model           62.50',
        '  chance           1.00',
        '',
        'FIC  fashion image captioning (protocol ptb)',
        '                 BLEU-4         mean',
        '  model           30.25        40.00',
        '',
        '                    XMR          FIC         mean',
        '  model           62.50        40.00        51.25',
    ]
