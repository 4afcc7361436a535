"""Counts the parameters of the ablation's rows, truly and as the paper does.

The models are built on PyTorch's meta device, so they take no memory.
Percentages are relative to row 1 and rounded to hundredths, as the paper
prints them. A hundredth stays unexplained in rows 7 to 15; leaving the SCR
classifier out would be one explanation of several.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from famevil_plugin.models import FAMEViL

from .rows import ROWS, Row

# by the tasks of each model of a row, its parameters by part
Census = dict[tuple[str, ...], Counter[str]]


def count_model(
    encoder: dict[str, Any], heads: dict[str, dict[str, Any]]
) -> Counter[str]:
    """Build a model and count its parts.

    Args:
        encoder (dict): Arguments of its encoder.
        heads (dict): Its heads.

    Returns:
        Counter: Parameters of ``clip``, ``tsa``, ``xaa`` and ``heads``.
    """
    with torch.device('meta'):
        model = FAMEViL(encoder=encoder | dict(pretrained=None), heads=heads)
    parts = dict(
        clip=model.encoder.clip,
        tsa=model.encoder.task_adapters,
        xaa=model.encoder.cross_adapters,
        heads=model.heads,
    )
    return Counter(
        {
            name: sum(parameter.numel() for parameter in part.parameters())
            for name, part in parts.items()
        }
    )


def count_row(
    row: Row, encoder: dict[str, Any], heads: dict[str, dict[str, Any]]
) -> Census:
    """Count the parameters of a row's models.

    Args:
        row (Row): The row.
        encoder (dict): Arguments of the encoder with all adapters, as wide
            as in row 8.
        heads (dict): The heads by task.
    """
    base, width = ROWS[8].task_bottleneck, encoder['task_bottleneck']
    return {
        tasks: count_model(
            encoder
            | adapters
            | dict(
                task_bottleneck=row.task_bottleneck
                and row.task_bottleneck * width // base
            ),
            {task: heads[task] for task in tasks},
        )
        for tasks, adapters in row.encoders().items()
    }


def without_captioning(census: Census) -> Census:
    """The models of the three other tasks."""
    return {tasks: parts for tasks, parts in census.items() if tasks != ('fic',)}


def with_idle_xaa(census: Census) -> Census:
    """The XMR model counted with as many XAA as the TGIR model has."""
    idle = Counter(xaa=census[('tgir',)]['xaa'])
    return census | {('xmr',): census[('xmr',)] + idle}


def with_one_tsa_set(census: Census) -> Census:
    """A model's TSA counted for one of its tasks."""
    return {
        tasks: Counter(dict(parts) | dict(tsa=parts['tsa'] // len(tasks)))
        for tasks, parts in census.items()
    }


class CountingRule(NamedTuple):
    """A rule by which the paper counts something else than the models hold."""

    text: str
    recount: Callable[[Census], Census]


AS_BUILT = CountingRule('', dict)
ONE_TSA_SET = CountingRule('one of the four sets of TSA', with_one_tsa_set)
IDLE_XAA = CountingRule('XAA in the XMR model, which never uses them', with_idle_xaa)
RULES: dict[int, CountingRule] = {
    2: CountingRule('without captioning, in row 1 too', without_captioning),
    3: IDLE_XAA,
    4: IDLE_XAA,
    6: ONE_TSA_SET,
} | dict.fromkeys(range(8, 16), ONE_TSA_SET)


def total(census: Census) -> int:
    """All parameters of a row."""
    return sum(parts.total() for parts in census.values())


def percent(census: Census, base: Census) -> float:
    """More or less than the base, in percent."""
    return round(100 * (total(census) / total(base) - 1), 2)


def count_rows(
    encoder: dict[str, Any], heads: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Count the rows as they are and as the paper counts them.

    Args:
        encoder (dict): See :func:`count_row`.
        heads (dict): See :func:`count_row`.

    Returns:
        list[dict]: ``row``, ``params``, ``percent`` (relative to row 1),
        ``percent_as_counted_in_paper`` and ``paper`` (what it printed).
    """
    censuses: dict[tuple[Any, ...], Census] = {}
    for row in ROWS.values():
        if row.models not in censuses:
            censuses[row.models] = count_row(row, encoder, heads)
    base = censuses[ROWS[1].models]
    table = []
    for number, row in ROWS.items():
        census = censuses[row.models]
        recount = RULES.get(number, AS_BUILT).recount
        table.append(
            dict(
                row=number,
                params=total(census),
                percent=percent(census, base),
                percent_as_counted_in_paper=percent(recount(census), recount(base)),
                paper=row.printed.params,
            )
        )
    return table
