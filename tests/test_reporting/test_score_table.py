"""Scores as text."""

import pytest

from famevil_plugin.reporting import score_table


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
    scores = dict(mean=50.0, protocol='full')
    lines = score_table(
        dict(mean=50.0, tgir=scores | dict(missing=missing))
    ).splitlines()
    assert line in lines
    assert not any(
        'missing' in line
        for line in score_table(dict(mean=50.0, tgir=scores)).splitlines()
    )
