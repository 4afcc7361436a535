#!/usr/bin/env python3
"""Count the parameters of the 18 rows of the paper's ablation (table 4).

python tools/analysis_tools/param_table.py
"""

import argparse
import json
from typing import Any

from famevil_plugin.ablation import ROWS
from famevil_plugin.ablation.parameters import AS_BUILT, RULES, count_rows
from famevil_plugin.command_line import run_tool
from famevil_plugin.models import FICHead, SCRHead, TGIRHead, XMRHead

BACKBONE = 'ViT-B-16-quickgelu'
HEADS: dict[str, dict[str, Any]] = dict(
    xmr=dict(type=XMRHead),
    tgir=dict(type=TGIRHead),
    scr=dict(type=SCRHead),
    fic=dict(type=FICHead, tokenizer=dict()),
)


def lay_out(table: list[dict[str, Any]]) -> str:
    """The table as lines of text."""
    lines = [
        f'{"row":>3}  {"model":<25}{"parameters":>12}{"percent":>9}'
        f'{"as the paper counts":>21}{"paper":>8}  where it differs'
    ]
    for entry in table:
        number = entry['row']
        rule = RULES.get(number, AS_BUILT)
        lines.append(
            f'{number:>3}  {ROWS[number].name:<25}{entry["params"]:>12,}'
            f'{entry["percent"]:>+9.2f}'
            f'{entry["percent_as_counted_in_paper"]:>+21.2f}'
            f'{entry["paper"]:>+8.2f}  {rule.text}'.rstrip()
        )
    return '\n'.join(lines)


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(
        description="Count the parameters of the paper's ablation."
    )
    parser.add_argument('--json', action='store_true', help='print a list of objects')
    args = parser.parse_args()
    table = count_rows(
        dict(backbone=BACKBONE, task_bottleneck=ROWS[8].task_bottleneck), HEADS
    )
    print(json.dumps(table, indent=2) if args.json else lay_out(table))


if __name__ == '__main__':
    run_tool(main)
