"""All metrics, on what the authors' code scored."""

import pytest
from pycocoevalcap.rouge.rouge import Rouge

from famevil_plugin.evaluation import (
    CaptionScores,
    ComposedRecall,
    CrossModalRecall,
    SubcategoryScores,
)
from famevil_plugin.evaluation.caption_tokenizers import tokenize_ptb, tokenize_regex

from . import test_caption_scores as captions
from . import test_cross_modal_recall as cross_modal
from . import test_subcategory_scores as subcategory


@pytest.fixture
def scores(reference):
    """Scores of the authors' code."""
    return reference.numbers('metrics')


@pytest.fixture
def evaluation(reference):
    """The tensors of one recorded evaluation, by their names."""

    def read(name):
        return {
            key.removeprefix(f'{name}/'): tensor
            for key, tensor in reference.tensors('metrics').items()
            if key.startswith(f'{name}/')
        }

    return read


@pytest.fixture
def compare(deviations):
    """Percentages of ours with fractions of theirs, name by name."""

    def run(group, got, expected):
        assert len(got) == len(expected)
        for key, value in expected.items():
            ours = key.replace('r@', 'R@').replace('avg', 'mean')
            deviations.check(group, got[ours] / 100, value)

    return run


def products(part):
    """Views, and behind them texts, of a recorded evaluation."""
    return cross_modal.as_samples(
        part['scores'],
        part['image_id'],
        part['targets'],
        part['text_id'],
        part['image_subcat_id'],
        part['text_subcat_id'],
    )


def test_xmr_full(evaluation, scores, evaluate, compare):
    got = evaluate(CrossModalRecall(), products(evaluation('general')))
    compare('XMR recall, full', got, scores['r@k_general'])


def test_xmr_random_100_where_nothing_is_random(evaluation, scores, evaluate, compare):
    metric = CrossModalRecall(protocol='random-100')
    got = evaluate(metric, products(evaluation('kaleido_det')))
    compare('XMR recall, random-100', got, scores['r@k_kaleido_deterministic'])
    assert metric.facts['gallery'] == dict(i2t=101, t2i=101)
    assert metric.facts['chance']['t2i_R@10'] == pytest.approx(1000 / 101)
    assert 'score of -1' in metric.facts['departs']


def test_xmr_random_100_over_seeds(evaluation, scores, evaluate):
    """Their draws are no function of a seed of ours, so means are compared;
    their mean over 20 seeds has a standard error of 0.05."""
    samples = products(evaluation('kaleido_rng'))
    means = [
        evaluate(CrossModalRecall('random-100', seed=seed), samples)['mean']
        for seed in range(3)
    ]
    assert len(set(means)) == 3
    theirs = 100 * scores['r@k_kaleido_20seeds_mean']['avg']
    assert sum(means) / 3 == pytest.approx(theirs, abs=0.6)


def test_tgir_original(evaluation, scores, evaluate, compare):
    part = evaluation('fashioniq')
    samples, photos = [], {}
    for n, number in enumerate(part['garment_class'].tolist()):
        garment = ('dress', 'shirt', 'toptee')[number]
        target = str(int(part['target_id'][n]))
        # their gallery: the first row of each target of the garment
        photos.setdefault((garment, target), part['tar_feats'][n])
        if not part['fake_data'][n]:
            samples.append(
                dict(
                    query_embedding=part['comp_feats'][n],
                    garment=garment,
                    image_id='reference',
                    target_id=target,
                )
            )
    samples += [
        dict(target_embedding=row, garment=garment, image_id=image_id)
        for (garment, image_id), row in photos.items()
    ]
    samples = [s | dict(sample_idx=n) for n, s in enumerate(samples)]
    compare(
        'TGIR recall, original',
        evaluate(ComposedRecall(), samples),
        scores['r@k_fashioniq'],
    )


def test_scr(evaluation, scores, evaluate, deviations):
    part = evaluation('scr')
    got = evaluate(
        SubcategoryScores(), subcategory.as_samples(part['scores'], part['targets'])
    )
    assert got['mean'] == (got['accuracy'] + got['macro_F1']) / 2
    for ours, theirs in (('accuracy', 'accuracy'), ('macro_F1', 'macro_f1')):
        deviations.check('SCR scores', got[ours] / 100, scores[theirs])


@pytest.fixture
def texts(reference):
    """The authors' captions, their words, and their scores."""
    recorded = reference.numbers('captions')
    truths = [first for (first,) in recorded['references']]
    words = [first for (first,) in recorded['ptb_references']]
    return dict(
        pairs=list(zip(truths, recorded['predictions'])),
        words=list(zip(words, recorded['ptb_predictions'])),
        scores={
            'BLEU-4': recorded['cap_general_bleu']['bleu'],
            'METEOR': recorded['meteor_corpus'],
            'ROUGE-L': recorded['cap_general_rougeL_plain_mean'],
            'CIDEr': recorded['cap_general_cider'],
        },
    )


def test_words(texts):
    for column in (0, 1):
        words = tokenize_regex([pair[column] for pair in texts['pairs']])
        assert words == [pair[column] for pair in texts['words']]


@captions.needs_java
def test_words_of_ptb(texts):
    for column in (0, 1):
        words = tokenize_ptb([pair[column] for pair in texts['pairs']])
        assert words == [pair[column] for pair in texts['words']]


class F1Rouge(Rouge):
    """COCO's ROUGE-L weighs recall by 1.2; the authors' score does not."""

    def __init__(self):
        super().__init__()
        self.beta = 1.0


@pytest.mark.parametrize(
    'options',
    [
        pytest.param(dict(scores=captions.WITHOUT_JAVA, tokenizer='regex'), id='regex'),
        pytest.param(dict(), marks=captions.JAVA, id='ptb'),
    ],
)
def test_fic(texts, evaluate, deviations, monkeypatch, options):
    samples = captions.as_samples(texts['pairs'])
    cocos = evaluate(CaptionScores(**options | dict(scores=['ROUGE-L'])), samples)
    monkeypatch.setattr('pycocoevalcap.rouge.rouge.Rouge', F1Rouge)
    got = evaluate(CaptionScores(**options), samples)
    for name in got.keys() - {'mean'}:
        deviations.check('FIC scores', got[name] / 100, texts['scores'][name])
    # what README says of the two
    assert got['ROUGE-L'] - cocos['ROUGE-L'] == pytest.approx(1.5, abs=0.1)
