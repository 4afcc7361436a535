"""Caption scores: golden numbers, odd texts."""

import os
import subprocess
import sys

import pytest

from famevil_plugin.evaluation import CaptionScores, caption_scores
from famevil_plugin.evaluation.caption_tokenizers import (
    has_java,
    tokenize_ptb,
    tokenize_regex,
)
from famevil_plugin.evaluation.meteor import Meteor
from famevil_plugin.findings import TaskStart

WITHOUT_JAVA = ['BLEU-4', 'ROUGE-L', 'CIDEr']

NO_JAVA = pytest.mark.skipif(not has_java(), reason='there is no `java` on the path')
JAVA = (pytest.mark.java, NO_JAVA)


def needs_java(test):
    """Mark a test, and skip it where it cannot run."""
    return pytest.mark.java(NO_JAVA(test))


def as_samples(pairs):
    """From pairs of reference and prediction, a product each."""
    return [
        dict(
            sample_idx=n,
            product_id=n,
            gt_caption=truth,
            pred_caption=predicted,
            image_path=f'{n}.jpg',
        )
        for n, (truth, predicted) in enumerate(pairs)
    ]


@needs_java
def test_ptb_makes_the_librarys_words(golden):
    part = golden['fic']
    for column in (0, 1):
        words = tokenize_ptb([pair[column] for pair in part['pairs']])
        assert words == [pair[column] for pair in part['tokens']]


@needs_java
def test_ptb_keeps_a_line_a_text():
    texts = ['', 'a\nb\r\nc\x85d\u2028e', 'crêpe ||| “x”', '(tie)', '']
    words = tokenize_ptb(texts)
    assert words[:2] == ['', 'a b c d e']
    assert words[2].startswith('crêpe | | |')
    assert words[3:] == ['tie', '']


def test_regex_makes_nearly_the_same_words(golden):
    part = golden['fic']
    got = tokenize_regex([text for pair in part['pairs'] for text in pair])
    words = [text for pair in part['tokens'] for text in pair]
    assert got == words
    assert tokenize_regex(['', 'IT’S\n50% off', 'a_b ||| (c)']) == [
        '',
        "it 's 50 % off",
        'a_b c',
    ]


@pytest.mark.parametrize('tokenizer', ['regex', 'ptb'])
def test_golden_without_meteor(golden, evaluate, tokenizer):
    if tokenizer == 'ptb' and not has_java():
        pytest.skip('there is no `java` on the path')
    part = golden['fic']
    metric = CaptionScores(scores=WITHOUT_JAVA, tokenizer=tokenizer)
    scores = evaluate(metric, as_samples(part['pairs']))
    for name in WITHOUT_JAVA:
        assert scores[name] == pytest.approx(part['scores'][name])
    assert scores['mean'] == pytest.approx(
        sum(scores[name] for name in WITHOUT_JAVA) / 3
    )
    assert metric.facts['protocol'] == f'every-view-{tokenizer}'
    assert metric.facts['queries'] == metric.facts['gallery'] == 6
    assert metric.facts['chance'].keys() == scores.keys()
    assert metric.facts['chance']['mean'] < scores['mean']
    assert 'beta 1.2' in metric.facts['rouge_l']
    assert metric.examples['captions'][0] == ('0.jpg', *part['pairs'][0])


def test_pictures_show_texts_as_people_write_them(evaluate):
    (sample,) = as_samples([('a t - shirt .', 'a coat .')])
    metric = CaptionScores(scores=['ROUGE-L'], tokenizer='regex')
    evaluate(metric, [sample | dict(text='A T-shirt.', caption='A coat.')])
    assert metric.examples['captions'] == [('0.jpg', 'A T-shirt.', 'A coat.')]


@needs_java
def test_all_four_quietly_and_no_process_left(golden, evaluate, capfd):
    part = golden['fic']
    metric = CaptionScores()
    samples = as_samples(part['pairs'])
    metric.process(None, samples[:3])
    java = metric._meteor.process
    scores = evaluate(metric, samples)
    assert scores == pytest.approx(part['scores'])
    assert list(scores) == ['BLEU-4', 'METEOR', 'ROUGE-L', 'CIDEr', 'mean']
    assert metric.facts['chance'].keys() == scores.keys()
    assert java.poll() is not None
    assert capfd.readouterr() == ('', '')


@needs_java
def test_odd_texts_do_not_derail_meteor():
    odd = [
        '',
        '.',
        '\n',
        'a ||| b',
        '||||||',
        'x\r\ny',
        'SCORE',
        'EVAL ||| 1',
        '\u2028',
        'naïve 😀',
    ]
    meteor = Meteor()
    wrong = ['red wool coat'] * len(odd)
    assert meteor.score([[text] for text in wrong], odd) == 0
    assert meteor.score([[text] for text in odd], wrong) == 0
    assert meteor.score([['a ||| red coat']], ['a red\ncoat']) == 1
    meteor.close()


def test_empty_predictions_score_nothing(evaluate):
    pairs = [('red wool coat with belt', ''), ('blue jeans', ' \n')]
    metric = CaptionScores(scores=WITHOUT_JAVA, tokenizer='regex')
    assert evaluate(metric, as_samples(pairs))['mean'] == pytest.approx(0)


def test_chance_is_the_text_of_another_product(evaluate):
    # two products: chance is a perfect score for the wrong one
    pairs = [('red coat of wool', 'x'), ('blue jeans of denim', 'x')]
    metric = CaptionScores(scores=['ROUGE-L'], tokenizer='regex')
    evaluate(metric, as_samples(pairs))
    assert metric.facts['chance']['ROUGE-L'] == pytest.approx(25)
    evaluate(metric, as_samples(pairs[:1]))
    assert metric.facts['chance'] == {}


def test_without_java_meteor_is_left_out(monkeypatch, golden, evaluate):
    said = []
    monkeypatch.setenv('PATH', '')
    monkeypatch.setattr(
        caption_scores, 'print_log', lambda message, **_: said.append(message)
    )
    metric = CaptionScores()
    assert len(said) == 1
    assert 'METEOR is left out' in said[0]
    assert 'every-view-regex. Install a Java runtime' in said[0]
    scores = evaluate(metric, as_samples(golden['fic']['pairs']))
    assert list(scores) == [*WITHOUT_JAVA, 'mean']
    assert metric.facts['left_out'] == ['METEOR']
    assert metric.facts['protocol'] == 'every-view-regex'
    with pytest.raises(ValueError, match='need Java'):
        CaptionScores(tokenizer='ptb')
    with pytest.raises(ValueError, match='need Java'):
        CaptionScores(scores=['METEOR'])


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(scores=['SPICE']), r"\['SPICE'\]: expected some of BLEU-4"),
        (dict(scores=[]), 'expected some of BLEU-4'),
        (dict(tokenizer='13a'), "'13a': expected one of ptb, regex"),
        (dict(protocol='full'), 'expected one of every-view'),
    ],
)
def test_refuses_what_it_does_not_know(arguments, message):
    with pytest.raises(ValueError, match=message):
        CaptionScores(**arguments)


def test_refuses_references_without_a_word(evaluate):
    metric = CaptionScores(scores=WITHOUT_JAVA, tokenizer='regex')
    with pytest.raises(ValueError, match='none of 2 reference captions'):
        evaluate(metric, as_samples([('.', 'red'), ('', 'blue')]))


def test_says_what_java_said(tmp_path, monkeypatch, evaluate):
    java = tmp_path / 'java'
    java.write_text(f'#!{sys.executable}\nraise SystemExit("no room")\n')
    java.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path) + os.pathsep + os.environ['PATH'])
    samples = as_samples([('red coat', 'red')] * 2)
    with pytest.raises(RuntimeError, match='PTB tokenizer .* no room'):
        evaluate(CaptionScores(scores=['CIDEr']), samples)
    with pytest.raises(RuntimeError, match='METEOR gave .* no room'):
        evaluate(CaptionScores(scores=['METEOR'], tokenizer='regex'), samples)


NO_HEAP = """#!/bin/sh
case "$*" in
    *-Xmx2G*) echo 'Could not reserve enough space for object heap' >&2; exit 1;;
esac
"""


@pytest.mark.parametrize(
    ('java', 'settings', 'fault'),
    [
        ('#!/bin/sh\necho no VM >&2\nexit 1\n', {}, 'it ends with 1: no VM'),
        (NO_HEAP, {}, 'it ends with 1: Could not reserve enough space'),
        (NO_HEAP, dict(scores=['CIDEr']), None),
        ('#!/bin/sh\nexit 1\n', dict(scores=['CIDEr'], tokenizer='regex'), None),
    ],
)
def test_broken_java_is_told_before_it_is_needed(
    tmp_path, monkeypatch, java, settings, fault
):
    path = tmp_path / 'java'
    path.write_text(java)
    path.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path) + os.pathsep + os.environ['PATH'])
    start = TaskStart('val', 'fic', [], 0, 1)
    CaptionScores(**settings).check_start(start)
    said = [finding.spell() for finding in start.faults]
    assert bool(said) == bool(fault)
    if fault:
        assert f'the java on the path does not work (1): {path}: ' in said[0]
        assert fault in said[0]
        assert "set val_evaluator.fic.tokenizer='regex'" in said[0]


def test_importing_the_metrics_is_cheap():
    code = (
        'import sys, famevil_plugin.evaluation; print(sorted('
        '{"pycocoevalcap", "mmpretrain", "open_clip", "transformers", '
        '"torchvision"} & set(sys.modules)))'
    )
    assert (
        subprocess.check_output([sys.executable, '-c', code], text=True).strip() == '[]'
    )
