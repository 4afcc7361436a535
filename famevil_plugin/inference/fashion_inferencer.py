"""A trained model to ask: four verbs, and a road for any other task's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.infer import BaseInferencer
from torch import Tensor

from famevil_plugin.datasets import collate_batch
from famevil_plugin.models import FAMEViL
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO, TEXT

from .abilities import Abilities
from .asking import Asker, Question, Way
from .fingerprint import fingerprint
from .gallery import Gallery, check_top
from .model_source import label_names, load_model
from .options import Options
from .pairing import Texts, pair_texts
from .photo_source import Photo, Unreadable, find_photos, is_photo
from .pictures import caption_example, class_example, draw_sheets, retrieval_example
from .reading_ahead import map_lazily
from .results import Classified, Described, Embeddings, Label
from .searching import search
from .vectors import Vectors, embed, embed_photos


class FashionInferencer(BaseInferencer):
    """Asks a trained model, in MMEngine's conventions.

    Its answers are those of an evaluation: photos and texts go through the
    config's own test pipeline. A photo is a path, an RGB array ``(H, W, 3)``
    of uint8 or a PIL image; where many are taken, a folder, a glob, a list or
    a generator of these, too. A photo that cannot be read is named in its
    result and at the end.

    Args:
        model (str | Path | Config | dict | FAMEViL): A work dir, of which the
            newest config and the newest whole checkpoint are taken; a config
            file or object; or a model, which has its config in ``cfg`` or
            gets the paper's evaluation view.
        weights (str | Path, optional): A checkpoint or a file of weights,
            read as data only. Defaults to the work dir's.
        device (str, optional): As PyTorch names it. Defaults to an
            accelerator where there is one.
        show_progress (bool): Whether long work has a progress bar. Defaults
            to True.
        batch_size (int): Items that the model sees at once. Defaults to 32.

    Attributes:
        tasks (dict[str, Task]): What the model can do.

    Example:
        >>> from famevil_plugin.models import FAMEViL, XMRHead
        >>> texts = dict(vocab_size=600, context_length=16)
        >>> model = FAMEViL(
        ...     encoder=dict(backbone=dict(
        ...         embed_dim=16,
        ...         vision_cfg=dict(image_size=32, patch_size=16, width=24,
        ...                         head_width=8, layers=2),
        ...         text_cfg=dict(**texts, width=24, heads=2, layers=2))),
        ...     heads=dict(xmr=dict(type=XMRHead)))
        >>> inferencer = FashionInferencer(model)
        >>> inferencer.embed(texts=['a red dress', 'boots']).texts.shape
        (2, 16)
    """

    model: FAMEViL

    def __init__(
        self,
        model: Any,
        weights: str | Path | None = None,
        device: str | None = None,
        show_progress: bool = True,
        batch_size: int = 32,
    ) -> None:
        # MMEngine's own constructor knows neither work dirs nor built models
        self.loaded = load_model(model, weights, device)
        self.model = self.loaded.model
        self.cfg = self.loaded.config
        self.scope = 'famevil_plugin'
        self.show_progress = show_progress
        self.batch_size = batch_size
        self.asker = Asker(self.loaded, show_progress)
        self.tasks = self.asker.tasks
        self.abilities = Abilities(self.tasks)
        self.pipeline = self._init_pipeline(self.cfg)
        self.collate_fn = collate_batch
        self.visualizer = None

    def _init_pipeline(self, cfg: Any) -> Any:
        """By task, its test pipeline."""
        return self.asker.pipelines

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the weights and the preprocessing, on which vectors
        depend."""
        return fingerprint(self.model, self.asker.pipelines)

    def retrieve(
        self,
        query: Any,
        gallery: Any,
        top_k: int = 10,
        where: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        """Search a gallery by a text or a photo.

        Args:
            query (Any): A text or a photo; a text that ends as a photo's
                file does (``dress.jpg``) is one. Or many of these.
            gallery (Gallery | Any): A gallery of this model, or photos, of
                which one is made for this search.
            top_k (int): Matches of a query. Defaults to 10.
            where (Mapping[str, Any], optional): Fields that a match must
                have, as ``dict(sub_category='DRESSES')``.
            **options: See :class:`~famevil_plugin.inference.Options`.

        Returns:
            list[Match] | list[Found]: The matches, best first; of many
            queries each with its matches.
        """
        chosen = Options(**options)
        task = self.abilities.find('retrieve', chosen.task)
        many = not isinstance(query, str) and not is_photo(query)
        questions = [
            self.abilities.query(task, one) for one in (query if many else [query])
        ]
        return self._search('retrieve', questions, gallery, top_k, where, chosen, many)

    def compose(
        self,
        photo: Any,
        text: str | Sequence[str],
        gallery: Any,
        top_k: int = 10,
        where: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        """Search a gallery by a photo and what should be different.

        Args:
            photo (Any): A photo, or as many as there are texts.
            text (str | Sequence[str]): A wish, or many.
            gallery (Gallery | Any): See :meth:`retrieve`.
            top_k (int): See :meth:`retrieve`.
            where (Mapping[str, Any], optional): See :meth:`retrieve`.
            **options: See :class:`~famevil_plugin.inference.Options`.

        Returns:
            list[Match] | list[Found]: See :meth:`retrieve`.
        """
        chosen = Options(**options)
        task = self.abilities.find('compose', chosen.task)
        many = not isinstance(text, str)
        field = self.abilities.embedding(task, PHOTO, TEXT)
        name = self.abilities.photo_input(task, field)
        pairs = pair_texts(find_photos(photo), text if many else [str(text)])
        questions = [Question({name: one}, wish) for one, wish in pairs]
        return self._search('compose', questions, gallery, top_k, where, chosen, many)

    def classify(
        self, photos: Any, texts: Texts = None, top_k: int = 5, **options: Any
    ) -> list[Classified]:
        """Name the sub-categories of products.

        Args:
            photos (Any): One or many.
            texts (str | Iterable[str] | Mapping[str, str], optional): What is
                said of the products, in the order of the photos or by their
                paths or file names. SCR reads it beside the photo and leans
                on it, so that it must be given to a model of SCR's kind.
            top_k (int): Classes of a photo. Defaults to 5.
            **options: See :class:`~famevil_plugin.inference.Options`.

        Returns:
            list[Classified]: One a photo, in their order.

        Raises:
            ValueError: If the task reads a text, and none is given.
        """
        chosen = Options(**options)
        task = self.abilities.find('classify', chosen.task)
        check_top(top_k)
        if texts is None and self.abilities.reads_text(task, 'pred_scores'):
            raise ValueError(
                f'the task {task} reads a text beside each photo: give `texts`, what '
                f'is said of the products ({self.abilities})'
            )
        names = label_names(self.loaded, task)
        name = self.abilities.photo_input(task, 'pred_scores')
        questions = map_lazily(
            lambda pair: Question({name: pair[0]}, pair[1]),
            pair_texts(find_photos(photos), texts),
        )
        results, examples = [], []
        way = self._way('classify', chosen)
        for question, sample in self.asker.ask(task, questions, way):
            photo, text = question.photos[name], question.text or ''
            if isinstance(sample, Unreadable):
                results.append(Classified(photo.path, [], text, sample.reason))
                continue
            labels = _best(sample.get('pred_scores'), names, top_k)
            results.append(Classified(photo.path, labels, text))
            if chosen.wants_pictures:
                examples.append(class_example(photo.picture(), results[-1]))
        self.visualize(examples, results, chosen.show, 'classify', chosen.out_dir)
        return results

    def describe(
        self,
        photos: Any,
        beams: int | None = None,
        max_length: int | None = None,
        **options: Any,
    ) -> list[Described]:
        """Write descriptions of products.

        Args:
            photos (Any): One or many.
            beams (int, optional): Of the search for words; 1 takes the best
                word each time. Defaults to the model's.
            max_length (int, optional): Tokens of a caption at most, both ends
                included. Defaults to the model's.
            **options: See :class:`~famevil_plugin.inference.Options`.

        Returns:
            list[Described]: One a photo, in their order.
        """
        chosen = Options(**options)
        task = self.abilities.find('describe', chosen.task)
        name = self.abilities.photo_input(task, 'pred_caption')
        questions = map_lazily(
            lambda photo: Question({name: photo}), find_photos(photos)
        )
        results, examples = [], []
        way = self._way('describe', chosen, self._search_settings(beams, max_length))
        for question, sample in self.asker.ask(task, questions, way):
            photo = question.photos[name]
            if isinstance(sample, Unreadable):
                results.append(Described(photo.path, '', sample.reason))
                continue
            results.append(Described(photo.path, sample.caption))
            if chosen.wants_pictures:
                examples.append(caption_example(photo.picture(), results[-1]))
        self.visualize(examples, results, chosen.show, 'describe', chosen.out_dir)
        return results

    def embed(
        self,
        photos: Any = None,
        texts: Texts = None,
        task: str = 'xmr',
        on_error: str = 'skip',
    ) -> Embeddings:
        """Vectors of photos and texts, by which a task compares them.

        Args:
            photos (Any): One or many.
            texts (str | Iterable[str], optional): One or many. Where the task
                embeds a photo with a text, as TGIR its queries, and both are
                given, one for each photo; otherwise by themselves.
            task (str): The task. Defaults to ``xmr``.
            on_error (str): See :class:`~famevil_plugin.inference.Options`.

        Returns:
            Embeddings: float32, of length 1.
        """
        if photos is None and texts is None:
            raise ValueError('nothing to embed: give `photos`, `texts` or both')
        way = self._way('embed', Options(on_error=on_error))
        together = task in self.tasks and self.tasks[task].embedding(PHOTO, TEXT)
        found: dict[str, Vectors] = {}
        if photos is not None and texts is not None and together:
            name = self.abilities.photo_input(task, together)
            pairs = map_lazily(
                lambda pair: Question({name: pair[0]}, pair[1]),
                pair_texts(find_photos(photos), texts),
            )
            found['pairs'] = embed(self.asker, task, together, pairs, way)
        else:
            if photos is not None:
                field = self.abilities.embedding(task, PHOTO)
                name = self.abilities.photo_input(task, field)
                alone = map_lazily(
                    lambda photo: Question({name: photo}), find_photos(photos)
                )
                found['photos'] = embed(self.asker, task, field, alone, way)
            if texts is not None:
                field = self.abilities.embedding(task, TEXT)
                listed = [texts] if isinstance(texts, str) else texts
                said = map_lazily(lambda text: Question({}, text), listed)
                found['texts'] = embed(self.asker, task, field, said, way)
        with_photos = [part for name, part in found.items() if name != 'texts']
        rows = {name: part.rows for name, part in found.items()}
        return Embeddings(
            rows.get('photos'),
            rows.get('texts'),
            rows.get('pairs'),
            [q.photo.path for part in with_photos for q in part.asked if q.photo],
            [one for part in with_photos for one in part.unreadable],
        )

    def embed_photos(
        self, tasks: Iterable[str], photos: Iterable[Photo], on_error: str = 'skip'
    ) -> Iterator[tuple[Photo, dict[str, Tensor] | Unreadable]]:
        """Vectors of photos in several tasks, one after the other.

        Args:
            tasks (Iterable[str]): Tasks that embed a photo alone.
            photos (Iterable[Photo]): Each is opened once.
            on_error (str): See :class:`~famevil_plugin.inference.Options`.

        Yields:
            tuple: A photo, and its vectors ``(E, )`` by task, or the reason
            why it has none.
        """
        way = self._way('index', Options(on_error=on_error))
        return embed_photos(self.asker, tasks, photos, way)

    # ------------------------------------------------- MMEngine's own road

    def __call__(  # type: ignore[override]
        self,
        inputs: Mapping[str, Any],
        verb: str,
        return_datasamples: bool = False,
        batch_size: int | None = None,
        task: str | None = None,
        on_error: str = 'skip',
        **settings: Any,
    ) -> dict[str, Any]:
        """Ask any task, of whatever verb.

        Args:
            inputs (Mapping[str, Any]): What the task reads, each one or many:
                photos by the names of the model inputs, the text by ``text``,
                other inputs by their names.
            verb (str): What is asked.
            return_datasamples (bool): Whether to return the samples
                themselves. Defaults to False.
            batch_size (int, optional): Defaults to the inferencer's.
            task (str, optional): Which one, where several answer the verb.
            on_error (str): See :class:`~famevil_plugin.inference.Options`.
            **settings: Of the head, for this time, as ``beams=5``.

        Returns:
            dict[str, Any]: ``predictions``, a dict an item with what its head
            predicts, as arrays, texts and numbers, or ``error`` where a photo
            could not be read; ``visualization``, empty.
        """
        task = self.abilities.find(verb, task)
        way = Way(batch_size or self.batch_size, on_error, verb, settings)
        questions = self.preprocess(inputs, task=task)
        answers = [answer for _, answer in self.asker.ask(task, questions, way)]
        return self.postprocess(answers, [], return_datasamples)

    def preprocess(  # type: ignore[override]
        self, inputs: Mapping[str, Any], batch_size: int = 1, task: str = ''
    ) -> list[Question]:
        """Inputs by name -> a question an item.

        Raises:
            ValueError: If the task knows no such input, lacks one, or there
                are more of one than of another.
        """
        return self.abilities.questions(task, inputs)

    def visualize(  # type: ignore[override]
        self,
        inputs: Sequence[Any],
        preds: Any,
        show: bool = False,
        title: str = 'answers',
        out_dir: str | Path | None = None,
    ) -> list[np.ndarray]:
        """Draw examples of answers as a run's panels, see
        :mod:`~famevil_plugin.inference.pictures`."""
        return draw_sheets(inputs, title, show, out_dir)

    def postprocess(  # type: ignore[override]
        self,
        preds: Sequence[FashionSample | Unreadable],
        visualization: list[np.ndarray],
        return_datasample: bool = False,
    ) -> dict[str, Any]:
        """Plain data of samples, see :meth:`__call__`."""
        predictions: list[Any] = list(preds)
        if not return_datasample:
            predictions = [_plain(sample) for sample in preds]
        return dict(predictions=predictions, visualization=visualization)

    # --------------------------------------------------------------- parts

    def _way(
        self, verb: str, options: Options, settings: Mapping[str, Any] | None = None
    ) -> Way:
        return Way(self.batch_size, options.on_error, verb, settings or {})

    def _search(
        self,
        verb: str,
        questions: list[Question],
        gallery: Any,
        top_k: int,
        where: Mapping[str, Any] | None,
        options: Options,
        many: bool,
    ) -> Any:
        """Find what answers the questions; of one alone its matches."""
        check_top(top_k)
        task = self.abilities.find(verb, options.task)
        if not isinstance(gallery, Gallery):
            gallery = Gallery.of_photos(self, gallery, tasks=[task])
        gallery.check(self.fingerprint, task)
        options = options if many else options._replace(on_error='raise')
        way = self._way(verb, options)
        found = search(self.asker, task, questions, gallery, top_k, where, way)
        examples = [
            retrieval_example(
                question.photo and question.photo.picture(), question.text, one.matches
            )
            for question, one in zip(questions, found)
            if one.error is None and options.wants_pictures
        ]
        self.visualize(examples, found, options.show, verb, options.out_dir)
        return found if many else found[0].matches

    def _search_settings(
        self, beams: int | None, max_length: int | None
    ) -> dict[str, int]:
        """The settings of a caption search that differ from the model's."""
        longest = self.model.encoder.text_tower.context_length
        if beams is not None and beams < 1:
            raise ValueError(f'beams must be at least 1, got {beams}')
        if max_length is not None and not 2 < max_length <= longest:
            raise ValueError(
                f'max_length must lie in 3 to {longest}, the tokens of a text that '
                f'the model knows, got {max_length}'
            )
        settings = dict(beams=beams, max_length=max_length)
        return {name: value for name, value in settings.items() if value is not None}


def _best(scores: Tensor, names: Sequence[str], top_k: int) -> list[Label]:
    """The classes with the highest scores, a softmax ``(classes, )``."""
    best = scores.topk(min(top_k, len(scores)))
    return [
        Label(names[k] if k < len(names) else f'#{k}', 100 * score)
        for score, k in zip(best.values.tolist(), best.indices.tolist())
    ]


def _plain(answer: FashionSample | Unreadable) -> dict[str, Any]:
    """What was predicted, as arrays, texts and numbers."""
    if isinstance(answer, Unreadable):
        return dict(error=answer.reason)
    return {
        name: value.float().cpu().numpy() if isinstance(value, Tensor) else value
        for name, value in answer.items()
    }
