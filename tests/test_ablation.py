"""The rows of the paper's ablation."""

from famevil_plugin.ablation import ROWS
from famevil_plugin.models import (FAMEViL, FICHead, SCRHead, TGIRHead,
                                   XMRHead)
from famevil_plugin.tasks import TASKS

from .conftest import BACKBONE, TOKENIZER

HEADS = dict(
    xmr=dict(type=XMRHead),
    tgir=dict(type=TGIRHead),
    scr=dict(type=SCRHead),
    fic=dict(type=FICHead, tokenizer=TOKENIZER))


def sides(row):
    """The towers with XAA, by the tasks of each of a row's models."""
    return {
        '+'.join(tasks): '+'.join(
            FAMEViL(
                dict(backbone=BACKBONE) | adapters,
                {task: HEADS[task]
                 for task in tasks}).encoder.cross_adapters)
        for tasks, adapters in row.encoders().items()
    }


def test_single_task_models_hold_what_their_task_uses():
    assert sides(ROWS[4]) == sides(ROWS[3]) == dict(
        xmr='', tgir='image+text', scr='image+text', fic='text')
    assert sides(ROWS[8]) == {'xmr+tgir+scr+fic': 'image+text'}


def test_captioning_alone_needs_the_text_side():
    assert sides(ROWS[1]) == dict(xmr='', tgir='', scr='', fic='text')
    assert sides(ROWS[6]) == {'xmr+tgir+scr+fic': 'text'}


def test_rows_are_the_papers():
    assert list(ROWS) == list(range(1, 19))
    assert all(list(ROWS[i].encoders()) == [tuple(TASKS)]
               for i in range(5, 19))
    assert {ROWS[i].task_bottleneck for i in range(16, 19)} == {128, 256, 512}
