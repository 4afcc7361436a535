"""Fashion image captioning (FIC): generated captions against the texts."""

import logging
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.logging import print_log

from famevil_plugin.findings import TaskStart
from famevil_plugin.registry import METRICS
from famevil_plugin.structures import CaptionExample

from .caption_tokenizers import TOKENIZERS, has_java, java_fault
from .meteor import JAVA_OPTIONS, Meteor
from .row_metric import RowMetric, add_mean, evenly_spaced
from .row_table import Table

SCORES = ('BLEU-4', 'METEOR', 'ROUGE-L', 'CIDEr')


@METRICS.register_module()
class CaptionScores(RowMetric):
    """BLEU-4, METEOR, ROUGE-L, CIDEr and their ``mean``.

    pycocoevalcap's scorers, one by one, over the whole corpus: BLEU without
    smoothing; METEOR 1.5 (``-norm``, English); COCO's ROUGE-L, an F score
    with beta 1.2, where the paper reports ``rouge_score``'s F1, some 1.5
    points higher; CIDEr-D with the document frequencies of the evaluated
    references.

    Chance is the text of another product. PTB words and METEOR need Java;
    without it the words come from a regular expression and METEOR is left
    out, which ``facts`` and a warning say.

    Args:
        protocol (str): ``every-view``: every photo's caption against its
            product's one text, or against all lines of ``references`` where
            a sample has them. The only one. In ``facts`` the tokenizer's
            name follows it, and ``-references`` where a sample has several.
        scores (Sequence[str]): Which of the four. Defaults to all.
        tokenizer (str, optional): ``ptb`` or ``regex``. Defaults to ``ptb``
            where there is Java.
        seed (int): Of the choice of other products. Defaults to 0.
        **kwargs: Other arguments of :class:`RowMetric`.

    Example:
        >>> metric = CaptionScores(scores=['ROUGE-L'], tokenizer='regex')
        >>> metric.process(None, [
        ...     dict(sample_idx=0, product_id=7, gt_caption='Coat in red.',
        ...          pred_caption='coat in red')
        ... ])
        >>> round(metric.evaluate(size=1)['ROUGE-L'])
        100
    """

    protocols = ('every-view',)
    tables = dict(
        caption=(
            'pred_caption',
            'gt_caption',
            'product_id',
            'image_path',
            'text',
            'caption',
            'references',
        )
    )
    optional = (*RowMetric.optional, 'caption', 'references')

    def __init__(
        self,
        protocol: str = 'every-view',
        scores: Sequence[str] = SCORES,
        tokenizer: str | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(protocol, **kwargs)
        unknown = [name for name in scores if name not in SCORES]
        if unknown or not scores:
            raise ValueError(
                f'unknown caption scores {unknown}: expected '
                f'some of {", ".join(SCORES)}'
            )
        java = has_java()
        self.tokenizer = tokenizer or ('ptb' if java else 'regex')
        if self.tokenizer not in TOKENIZERS:
            raise ValueError(
                f'unknown tokenizer {tokenizer!r}: expected one '
                f'of {", ".join(TOKENIZERS)}'
            )
        self.left_out = [n for n in scores if n == 'METEOR' and not java]
        self.scores = [n for n in scores if n not in self.left_out]
        if not java and (self.tokenizer == 'ptb' or not self.scores):
            raise ValueError(
                'PTB words and METEOR need Java and there is no '
                '`java` on the path: install a Java runtime, or '
                "set tokenizer='regex' and other scores"
            )
        if self.left_out:
            print_log(
                'no `java` on the path: METEOR is left out of the caption '
                'scores and their mean, and the words are those of protocol '
                f'{self.protocol}-{self.tokenizer}. Install a Java runtime '
                f'for METEOR and {self.protocol}-ptb',
                logger='current',
                level=logging.WARNING,
            )
        self.seed = seed
        self._meteor: Any = None  # a Meteor during an evaluation

    def check_start(self, start: TaskStart) -> None:
        """See that Java works, where it is needed."""
        meteor = 'METEOR' in self.scores
        if not meteor and self.tokenizer != 'ptb':
            return
        fault = java_fault(*(JAVA_OPTIONS if meteor else ()))
        start.fault(
            'the java on the path does not work',
            [f'{shutil.which("java")}: {fault}'] * bool(fault),
            'Mend it, take it off the path (METEOR is left out then), or set '
            f"{start.mode}_evaluator.{start.task}.tokenizer='regex' and its scores "
            'without METEOR',
        )

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep the captions; METEOR loads its tables meanwhile (10 s)."""
        super().process(data_batch, data_samples)
        if is_main_process():
            self._start_meteor()

    def _start_meteor(self) -> None:
        if 'METEOR' in self.scores and self._meteor is None:
            self._meteor = Meteor()

    def score_tables(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the table ``caption``."""
        self._start_meteor()  # unless this process saw a sample
        try:
            return self._score_table(results['caption'])
        finally:
            if self._meteor is not None:
                self._meteor.close()
                self._meteor = None

    def _score_table(self, table: Table) -> dict[str, float]:
        products = table['product_id'].tolist()
        texts = [
            references.split('\n') if references else [text]
            for references, text in zip(table['references'], table['gt_caption'])
        ]
        flat = [one for some in texts for one in some]
        # at once, as the tokenizer may be a process
        words = iter(TOKENIZERS[self.tokenizer](flat + table['pred_caption']))
        truths = [[next(words) for _ in some] for some in texts]
        captions = list(words)
        if not any(map(any, truths)):
            raise ValueError(
                f'none of {len(truths)} reference captions has a word: check gt_caption'
            )
        others = other_products(products, [some[0] for some in truths], self.seed)
        several = any(len(some) > 1 for some in texts)
        self.facts = dict(
            protocol=f'{self.protocol}-{self.tokenizer}{"-references" * several}',
            queries=len(products),
            gallery=len(set(products)),
            tokenizer=self.tokenizer,
            rouge_l="COCO's, beta 1.2; the paper's is rouge_score's F1",
            left_out=self.left_out,
            chance=self._score(truths, others) if others else {},
        )
        self.examples = dict(
            captions=[
                CaptionExample(
                    image=table['image_path'][row],
                    # as they are written, not as the tokenizer spells them
                    truth=table['text'][row] or table['gt_caption'][row],
                    predicted=table['caption'][row] or table['pred_caption'][row],
                )
                for row in evenly_spaced(len(products), self.num_examples)
            ]
        )
        return self._score(truths, captions)

    def _score(self, truths: list[list[str]], captions: list[str]) -> dict[str, float]:
        """Percentages from words with a space between."""
        from pycocoevalcap.bleu.bleu import Bleu
        from pycocoevalcap.cider.cider import Cider
        from pycocoevalcap.rouge.rouge import Rouge

        references = dict(enumerate(truths))
        candidates = {row: [text] for row, text in enumerate(captions)}
        both = references, candidates
        score: dict[str, Callable[[], float]] = {
            'BLEU-4': lambda: Bleu(4).compute_score(*both, verbose=0)[0][3],
            'METEOR': lambda: self._meteor.score(truths, captions),
            'ROUGE-L': lambda: Rouge().compute_score(*both)[0],
            'CIDEr': lambda: Cider().compute_score(*both)[0],
        }
        return add_mean({name: 100 * float(score[name]()) for name in self.scores})


def other_products(products: list[int], truths: list[str], seed: int) -> list[str]:
    """Another product's text for each row; none if there is but one.

    Args:
        products (list[int]): The product of each row.
        truths (list[str]): Its text.
        seed (int): Of the choice.
    """
    text_of = dict(zip(products, truths))
    names = list(text_of)
    if len(names) == 1:
        return []
    order = torch.randperm(
        len(names), generator=torch.Generator().manual_seed(seed)
    ).tolist()
    other = {
        names[here]: text_of[names[there]]
        for here, there in zip(order, order[1:] + order[:1])
    }
    return [other[product] for product in products]
