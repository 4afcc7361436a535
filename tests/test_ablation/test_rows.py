"""The rows of the paper's ablation."""

import pytest

from famevil_plugin.ablation import ROWS, parse_rows
from famevil_plugin.models import FAMEViL, FICHead, SCRHead, TGIRHead, XMRHead
from tests.conftest import BACKBONE, TASKS, TOKENIZER

HEADS = dict(
    xmr=dict(type=XMRHead),
    tgir=dict(type=TGIRHead),
    scr=dict(type=SCRHead),
    fic=dict(type=FICHead, tokenizer=TOKENIZER),
)


def sides(row):
    """The towers with XAA, by the tasks of each of a row's models."""
    return {
        '+'.join(tasks): '+'.join(
            FAMEViL(
                dict(backbone=BACKBONE) | adapters,
                {task: HEADS[task] for task in tasks},
            ).encoder.cross_adapters
        )
        for tasks, adapters in row.encoders().items()
    }


def test_single_task_models_hold_what_their_task_uses():
    assert (
        sides(ROWS[4])
        == sides(ROWS[3])
        == dict(xmr='', tgir='image+text', scr='image+text', fic='text')
    )
    assert sides(ROWS[8]) == {'xmr+tgir+scr+fic': 'image+text'}


def test_captioning_alone_needs_the_text_side():
    assert sides(ROWS[1]) == dict(xmr='', tgir='', scr='', fic='text')
    assert sides(ROWS[6]) == {'xmr+tgir+scr+fic': 'text'}


def test_rows_are_the_papers():
    assert list(ROWS) == list(range(1, 19))
    assert all(list(ROWS[i].encoders()) == [tuple(TASKS)] for i in range(5, 19))
    assert {ROWS[i].task_bottleneck for i in range(16, 19)} == {128, 256, 512}


def test_rows_without_xaa_are_not_trained_for_captions():
    for row in ROWS.values():
        assert ('fic' in row.tasks) == row.crossing


def test_row_numbers():
    assert parse_rows('5,8,9') == [5, 8, 9]
    assert parse_rows('1-4,9,3') == [1, 2, 3, 4, 9]
    for text in ('0', '3-19', '4-2', ''):
        with pytest.raises(ValueError, match='rows 1 to 18|are numbers and'):
            parse_rows(text)
    with pytest.raises(ValueError, match="such as 1-4,9, got 'five'"):
        parse_rows('five')
