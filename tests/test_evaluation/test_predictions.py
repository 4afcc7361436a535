"""Predictions come back from their file, and score as before."""

import pytest
import torch
from mmengine.evaluator import Evaluator
from safetensors.torch import save_file

from famevil_plugin.evaluation import (
    CaptionScores,
    ComposedRecall,
    CrossModalRecall,
    PredictionKeeper,
    SubcategoryScores,
)
from famevil_plugin.evaluation.predictions import read_predictions, write_predictions
from famevil_plugin.structures import FashionSample


def sample(task, number, **fields):
    """As the model hands it over."""
    metainfo = dict(task=task, sample_idx=number, inputs=('image',))
    return FashionSample(metainfo=metainfo, **fields)


def make_samples():
    """Forty of each task, none alike."""
    rows = torch.randn(4, 40, 6)
    return dict(
        xmr=[
            sample(
                'xmr',
                n,
                product_id=n % 20,
                gt_label=n % 2,
                **{f'{("image", "text")[n // 20]}_embedding': rows[0, n]},
            )
            for n in range(40)
        ],
        tgir=[
            sample(
                'tgir',
                n,
                garment='dress',
                image_id=f'B{n % 20}',
                text='“longer”',
                **(
                    dict(query_embedding=rows[1, n], target_id=f'B{(n + 7) % 20}')
                    if n < 20
                    else dict(target_embedding=rows[1, n])
                ),
            )
            for n in range(40)
        ],
        scr=[
            sample(
                'scr',
                n,
                gt_label=n % 6,
                image_path=f'{n}.jpg',
                pred_scores=rows[2, n].softmax(0),
            )
            for n in range(40)
        ],
        fic=[
            sample(
                'fic',
                n,
                product_id=n // 2,
                gt_caption=f'crêpe coat in colour {n // 2} with belt',
                pred_caption=f'coat in colour {n % 5} with belt',
            )
            for n in range(40)
        ],
    )


def make_evaluators(keep):
    """The metrics of each task, and a keeper."""
    metrics = dict(
        xmr=CrossModalRecall(),
        tgir=ComposedRecall(),
        scr=SubcategoryScores(),
        fic=CaptionScores(scores=['CIDEr', 'ROUGE-L'], tokenizer='regex'),
    )
    return {
        task: Evaluator([metric] + [PredictionKeeper()] * keep)
        for task, metric in metrics.items()
    }


@pytest.fixture
def written(tmp_path):
    """A file of predictions, and what they scored."""
    evaluators, scores = make_evaluators(keep=True), {}
    for task, samples in make_samples().items():
        evaluators[task].dataset_meta = dict(subcategories=['coats', 'crêpe'])
        for start in range(0, 40, 7):
            evaluators[task].process(samples[start : start + 7])
        scores[task] = evaluators[task].evaluate(40)
    write_predictions(tmp_path / 'new' / 'p.safetensors', evaluators)
    facts = {t: e.metrics[0].facts for t, e in evaluators.items()}
    examples = {t: e.metrics[0].examples for t, e in evaluators.items()}
    return tmp_path / 'new' / 'p.safetensors', scores, facts, examples


def test_scores_facts_and_examples_are_the_same(written):
    path, scores, facts, examples = written
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    found = read_predictions(path)
    assert set(found) == set(scores)
    for task, evaluator in make_evaluators(keep=False).items():
        evaluator.dataset_meta = found[task].dataset_meta
        assert (
            evaluator.offline_evaluate(list(found[task].samples()), chunk_size=11)
            == scores[task]
        )
        assert evaluator.metrics[0].facts == facts[task]
        assert evaluator.metrics[0].examples == examples[task]


def test_another_protocol_finds_its_columns(written):
    """``random-100`` reads labels, which ``full`` does not."""
    found = read_predictions(written[0])
    metric = CrossModalRecall(protocol='random-100')
    Evaluator(metric).offline_evaluate(list(found['xmr'].samples()))
    assert metric.facts['protocol'] == 'random-100'


def test_what_is_no_file_of_predictions(written, tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere: .*--dump'):
        read_predictions(tmp_path / 'nowhere')
    save_file(dict(a=torch.ones(1)), tmp_path / 'weights.safetensors')
    torch.save(dict(a=1), tmp_path / 'pickled')
    (tmp_path / 'half').write_bytes(written[0].read_bytes()[:-9])
    for name in ('weights.safetensors', 'pickled', 'half'):
        with pytest.raises(ValueError, match=f'{name} holds no predictions'):
            read_predictions(tmp_path / name)
