"""Count the parameters of the 18 rows of the paper's ablation (table 4).

    python tools/analysis_tools/param_table.py

The models are built on PyTorch's meta device, so they take no memory.
Percentages are relative to row 1 and rounded to hundredths, as the paper
prints them. A hundredth stays unexplained in rows 7 to 15; leaving the SCR
classifier out would be one explanation of several.
"""

import argparse
import functools
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from famevil_plugin.ablation import ROWS, Row
from famevil_plugin.models import (FAMEViL, FICHead, SCRHead, TGIRHead,
                                   XMRHead)

BACKBONE = 'ViT-B-16-quickgelu'
HEADS: dict[str, dict[str, Any]] = dict(
    xmr=dict(type=XMRHead),
    tgir=dict(type=TGIRHead),
    scr=dict(type=SCRHead),
    fic=dict(type=FICHead, tokenizer=dict()))

# by the tasks of each model of a row, its parameters by part
Census = dict[tuple[str, ...], Counter[str]]


@functools.cache
def count_model(tasks: tuple[str, ...], **adapters: Any) -> Counter[str]:
    """Build a model and count its parts.

    Args:
        tasks (tuple[str, ...]): The tasks it has heads for.
        **adapters: Arguments of its encoder.

    Returns:
        Counter: Parameters of ``clip``, ``tsa``, ``xaa`` and ``heads``.
    """
    with torch.device('meta'):
        model = FAMEViL(
            encoder=dict(backbone=BACKBONE) | adapters,
            heads={task: HEADS[task] for task in tasks})
    parts = dict(
        clip=model.encoder.clip,
        tsa=model.encoder.task_adapters,
        xaa=model.encoder.cross_adapters,
        heads=model.heads)
    return Counter({
        name: sum(parameter.numel() for parameter in part.parameters())
        for name, part in parts.items()
    })


def count_row(row: Row) -> Census:
    """What the models of a row hold."""
    return {
        tasks: count_model(tasks, **adapters)
        for tasks, adapters in row.encoders().items()
    }


def without_captioning(census: Census) -> Census:
    """The models of the three other tasks."""
    return {
        tasks: parts
        for tasks, parts in census.items() if tasks != ('fic', )
    }


def with_idle_xaa(census: Census) -> Census:
    """The XMR model counted with as many XAA as the TGIR model has."""
    idle = Counter(xaa=census[('tgir', )]['xaa'])
    return census | {('xmr', ): census[('xmr', )] + idle}


def with_one_tsa_set(census: Census) -> Census:
    """A model's TSA counted for one of its tasks."""
    return {
        tasks: Counter(dict(parts) | dict(tsa=parts['tsa'] // len(tasks)))
        for tasks, parts in census.items()
    }


class CountingRule(NamedTuple):
    """Where the paper counts something else than what the models hold."""

    text: str
    recount: Callable[[Census], Census]


AS_BUILT = CountingRule('', dict)
ONE_TSA_SET = CountingRule('one of the four sets of TSA', with_one_tsa_set)
IDLE_XAA = CountingRule('XAA in the XMR model, which never uses them',
                        with_idle_xaa)
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


def count_rows() -> list[dict[str, Any]]:
    """Count the rows as they are and as the paper counts them."""
    base = count_row(ROWS[1])
    table = []
    for number, row in ROWS.items():
        census = count_row(row)
        recount = RULES.get(number, AS_BUILT).recount
        table.append(
            dict(
                row=number,
                params=total(census),
                percent=percent(census, base),
                percent_as_counted_in_paper=percent(
                    recount(census), recount(base)),
                paper=row.paper))
    return table


def lay_out(table: list[dict[str, Any]]) -> str:
    """The table as lines of text."""
    lines = [f'{"row":>3}  {"model":<25}{"parameters":>12}{"percent":>9}'
             f'{"as the paper counts":>21}{"paper":>8}  where it differs']
    for entry in table:
        number = entry['row']
        rule = RULES.get(number, AS_BUILT)
        lines.append(
            f'{number:>3}  {ROWS[number].name:<25}{entry["params"]:>12,}'
            f'{entry["percent"]:>+9.2f}'
            f'{entry["percent_as_counted_in_paper"]:>+21.2f}'
            f'{entry["paper"]:>+8.2f}  {rule.text}'.rstrip())
    return '\n'.join(lines)


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(
        description="Count the parameters of the paper's ablation.")
    parser.add_argument(
        '--json', action='store_true', help='print a list of objects')
    args = parser.parse_args()
    table = count_rows()
    print(json.dumps(table, indent=2) if args.json else lay_out(table))


if __name__ == '__main__':
    main()
