"""Samples, which travel beside the tensors, and examples for pictures."""

from typing import NamedTuple

from mmengine.structures import BaseDataElement
from PIL import Image

#: A photo in an example: the path of its file, or its pixels.
Picture = str | Image.Image


class FashionSample(BaseDataElement):
    """One item of one task: what is known of it and what was predicted.

    Metainfo is set by :class:`~famevil_plugin.datasets.PackFashionInputs`,
    predictions by the heads. Data are every other fact of the item; these are
    the paper's tasks', where they apply.

    Metainfo:
        task (str): The name that the model's heads give the task.
        inputs (tuple[str, ...]): The model inputs that this item brings, in
            the paper's tasks of ``image``, ``tokens`` and ``target_image``.
            In evaluation an item of a retrieval task brings just what is to
            be encoded.
        sample_idx (int): Position in its data set; unique in an evaluation.

    Data:
        product_id (int): FashionGen's product (XMR, SCR, FIC).
        image_path (str): The photo that ``image`` was read from.
        target_image_path (str): The photo that ``target_image`` was read
            from (TGIR).
        text (str): The product's text or the modifying text.
        gt_label (int): Sub-category (SCR).
        gt_caption (str): The product's text as the tokenizer spells it
            (FIC); set by the head beside ``pred_caption``.
        attributes (str): JSON, the true kind, colours and pattern by facet,
            where the data set knows how texts name them (FIC).
        references (str): All reference captions, one a line, where there are
            several (FIC on COCO).
        garment (str): The garment, as FashionIQ's ``dress`` (TGIR).
        image_id (str): FashionIQ id of the gallery photo or of the
            reference photo (TGIR).
        target_id (str): FashionIQ id of the photo that answers the query
            (TGIR queries only).
        unreadable (list[str]): Photos that could not be read, for which
            this item took the place of another; in training, where it did.

    Predictions:
        image_embedding, text_embedding (Tensor): ``(E, )``, scaled (XMR).
        query_embedding, target_embedding (Tensor): ``(E, )``, scaled (TGIR).
        pred_scores (Tensor): ``(number of sub-categories, )``, softmax (SCR).
        pred_caption (str): The generated text as the tokenizer spells it,
            which metrics read (FIC).
        caption (str): The same as a person writes it (FIC).
    """

    task: str
    inputs: tuple[str, ...]
    sample_idx: int
    product_id: int
    text: str
    gt_label: int
    gt_caption: str
    pred_caption: str
    caption: str


class RetrievalExample(NamedTuple):
    """A query and its first candidates, for a picture.

    Attributes:
        image (Picture | None): The query's photo, if it has one.
        text (str | None): The query's text, if it has one.
        candidates (list[str]): Paths of photos, or texts, best first.
        correct (list[bool]): Which candidates answer the query; none is
            marked where that is not known.
        rank (int): Rank of the first right answer, from 1; 0 where that is
            not known.
        of_images (bool): Whether the candidates are photos.
        answer (str, optional): The first right answer, which may not be among
            the candidates. Defaults to none known.
    """

    image: Picture | None
    text: str | None
    candidates: list[str]
    correct: list[bool]
    rank: int
    of_images: bool
    answer: str | None = None


class ClassExample(NamedTuple):
    """A classified product, for a picture.

    ``truth`` is None where it is not known, and ``score`` is in percent.
    """

    image: Picture
    text: str
    truth: str | None
    predicted: str
    score: float


class CaptionExample(NamedTuple):
    """A captioned photo, for a picture.

    ``truth`` is None where it is not known.
    """

    image: Picture
    truth: str | None
    predicted: str
