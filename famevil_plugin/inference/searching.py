"""Questions -> what a gallery has for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from famevil_plugin.tasks import PHOTO, TEXT

from .abilities import Abilities
from .asking import Asker, Question, Way
from .gallery import Gallery
from .photo_source import Unreadable
from .results import Found
from .vectors import stack, unit


def search(
    asker: Asker,
    task: str,
    questions: Sequence[Question],
    gallery: Gallery,
    top_k: int,
    where: Mapping[str, Any] | None,
    way: Way,
) -> list[Found]:
    """Find a gallery's best photos for each question.

    Args:
        asker (Asker): The model.
        task (str): Of the questions and of the gallery's vectors.
        questions (Sequence[Question]): By a photo, a text or both, mixed.
        gallery (Gallery): Of this model.
        top_k (int): Matches of a question.
        where (Mapping[str, Any], optional): Fields that a match must have.
        way (Way): How.

    Returns:
        list[Found]: One a question, in their order.
    """
    can = Abilities(asker.tasks)
    rows, found = [], []
    for question, sample in asker.ask(task, questions, way):
        reason = sample.reason if isinstance(sample, Unreadable) else None
        path = question.photo.path if question.photo else None
        found.append(Found(path, question.text, [], reason))
        if not isinstance(sample, Unreadable):
            rows.append(unit(sample.get(can.embedding(task, *_kinds(question)))))
    matches = iter(gallery.search(task, stack(rows, asker), top_k, where))
    return [one if one.error else one._replace(matches=next(matches)) for one in found]


def _kinds(question: Question) -> list[str]:
    photo = [PHOTO] if question.photo else []
    return photo + ([TEXT] if question.text is not None else [])
