"""Write ``golden.json``: small evaluations and their scores, done naively.

``python tests/test_evaluation/make_golden.py`` (Java for the captions).
Nothing of the package is used: recall sorts each query's whole gallery,
F1 counts true and false positives, and the captions go through
pycocoevalcap's own tokenizer and scorers.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor.meteor import Meteor
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

Item = dict[str, Any]


def vector(near: list[float] | None, rng: random.Random) -> list[float]:
    """Four small whole numbers, so that scores are exact on every machine;
    with ``near``, close to that."""
    return [round(rng.gauss(x, 40 + 3 * abs(x))) for x in near or [0.0] * 4]


def recall(
    queries: list[Item],
    gallery: list[Item],
    k: int,
    right: Callable[[Item, Item], bool],
) -> float:
    """Percent of queries with a right item among their first ``k``."""
    hits = 0
    for query in queries:
        ranked = sorted(
            gallery, key=lambda item: -sum(a * b for a, b in zip(query['x'], item['x']))
        )
        hits += any(right(query, item) for item in ranked[:k])
    return 100 * hits / len(queries)


def xmr(rng: random.Random) -> Item:
    """Twenty products with one to three views."""
    texts = [dict(product_id=p, x=vector(None, rng)) for p in range(20)]
    images = [
        dict(product_id=t['product_id'], x=vector(t['x'], rng))
        for t in texts
        for _ in range(1 + t['product_id'] % 3)
    ]

    def same(a: Item, b: Item) -> bool:
        return a['product_id'] == b['product_id']

    scores = {f'i2t_R@{k}': recall(images, texts, k, same) for k in (1, 5, 10)}
    scores |= {f't2i_R@{k}': recall(texts, images, k, same) for k in (1, 5, 10)}
    return dict(images=images, texts=texts, scores=scores)


def tgir(rng: random.Random) -> Item:
    """Two garments with sixty photos and thirty queries each."""
    gallery, queries, scores = [], [], {}
    for garment in ('dress', 'toptee'):
        photos = [
            dict(garment=garment, image_id=f'{garment}{n}', x=vector(None, rng))
            for n in range(60)
        ]
        asked = [
            dict(
                garment=garment,
                image_id=photos[n]['image_id'],
                target_id=photos[n + 7]['image_id'],
                x=vector(photos[n + 7]['x'], rng),
            )
            for n in range(30)
        ]
        for k in (10, 50):
            scores[f'{garment}_R@{k}'] = recall(
                asked, photos, k, lambda q, c: q['target_id'] == c['image_id']
            )
        gallery += photos
        queries += asked
    return dict(gallery=gallery, queries=queries, scores=scores)


def scr(rng: random.Random) -> Item:
    """A hundred labels of nine; 4 and 8 occur nowhere."""
    truth = [rng.choice([0, 0, 0, 1, 2, 3, 5, 6]) for _ in range(100)]
    predicted = [t if rng.random() < 0.6 else rng.choice([0, 1, 2, 7]) for t in truth]
    f1 = []
    for c in {*truth, *predicted}:
        tp = sum(t == p == c for t, p in zip(truth, predicted))
        fp = sum(t != p == c for t, p in zip(truth, predicted))
        fn = sum(p != t == c for t, p in zip(truth, predicted))
        f1.append(2 * tp / (2 * tp + fp + fn))
    hits = sum(t == p for t, p in zip(truth, predicted))
    return dict(
        truth=truth,
        predicted=predicted,
        scores=dict(accuracy=hits, macro_F1=100 * sum(f1) / len(f1)),
    )


def fic() -> Item:
    """Six captions, one of them empty."""
    pairs = [
        (
            "women's slim-fit jeans in blue. fading throughout.",
            'slim-fit jeans in blue. fading at front.',
        ),
        (
            'leather ankle boots in black. approx. 2.25" heel. zip closure.',
            'ankle boots in black leather. approx. 1.5" heel.',
        ),
        (
            'silk blouse in ivory; bow at collar, pearl buttons at cuffs.',
            'silk blouse in ivory; bow at collar.',
        ),
        ("don't tumble-dry this wool & silk coat in grey.", ''),
        (
            'canvas tote bag in red. logo printed at front.',
            'canvas tote bag in red. logo printed at front.',
        ),
        ('crêpe dress in green. pleats at skirt.', 'crêpe skirt in green'),
    ]
    tokens = PTBTokenizer().tokenize(
        {row: [dict(caption=text) for text in pair] for row, pair in enumerate(pairs)}
    )
    truth = {row: [two[0]] for row, two in tokens.items()}
    predicted = {row: [two[1]] for row, two in tokens.items()}
    scores = {
        'BLEU-4': Bleu(4).compute_score(truth, predicted, verbose=0)[0][3],
        'METEOR': Meteor().compute_score(truth, predicted)[0],
        'ROUGE-L': Rouge().compute_score(truth, predicted)[0],
        'CIDEr': Cider().compute_score(truth, predicted)[0],
    }
    return dict(
        pairs=pairs,
        tokens=[tokens[row] for row in range(len(pairs))],
        scores={name: 100 * float(score) for name, score in scores.items()},
    )


if __name__ == '__main__':
    rng = random.Random(2303)
    content = dict(xmr=xmr(rng), tgir=tgir(rng), scr=scr(rng), fic=fic())
    for part in content.values():
        scores = part['scores']
        scores['mean'] = sum(scores.values()) / len(scores)
        print(scores)
    Path(__file__).with_name('golden.json').write_text(
        json.dumps(content, ensure_ascii=False) + '\n'
    )
