#!/usr/bin/env python3
"""Score predictions again, without the model.

``python tools/analysis_tools/eval_metric.py CONFIG FILE``, where FILE is
what ``tools/test.py CONFIG CHECKPOINT --dump FILE`` wrote. The metrics are
the config's ``test_evaluator``; ``--cfg-options
test_evaluator.xmr.protocol=random-100`` asks for another protocol.
"""

import argparse
from pathlib import Path

from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope

from famevil_plugin.command_line import (
    add_config_options,
    read_config,
    run_tool,
    tool_parser,
)
from famevil_plugin.evaluation.predictions import read_predictions
from famevil_plugin.reporting import Summary, score_table, summarise
from famevil_plugin.tasks import find_tasks

# samples handed to the metrics at a time
CHUNK = 256


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='a config file')
    parser.add_argument('predictions', type=Path, help='a file of predictions')
    parser.add_argument('--out', type=Path, help='a JSON file for the scores')
    add_config_options(parser)
    return parser.parse_args()


def score_predictions(config: Config, path: Path) -> Summary:
    """The summary of a file of predictions.

    Args:
        config (Config): Its ``test_evaluator`` names the metrics, its model
            the tasks.
        path (Path): The file.

    Raises:
        ValueError: If the file holds other tasks than the config evaluates.
    """
    init_default_scope(config.default_scope)
    found = read_predictions(path)
    wanted = list(config.test_evaluator)
    shared = [task for task in wanted if task in found]
    if shared != wanted:
        remedy = f'--tasks {" ".join(shared)}' if shared else 'another config'
        raise ValueError(
            f'{path} holds predictions of {", ".join(found)}, but the '
            f'config evaluates {", ".join(wanted)}: give {remedy}'
        )
    if unused := [task for task in found if task not in wanted]:
        print(f'not used: the predictions of {", ".join(unused)}')
    evaluators: dict[str, Evaluator] = {}
    scores: dict[str, float] = {}
    for task, metrics in config.test_evaluator.items():
        evaluators[task] = evaluator = Evaluator(metrics)
        evaluator.dataset_meta = found[task].dataset_meta
        scores |= {
            f'{task}/{key}': value
            for key, value in evaluator.offline_evaluate(
                list(found[task].samples()), chunk_size=CHUNK
            ).items()
        }
    titles = {name: task.title for name, task in find_tasks(config.model.heads).items()}
    return summarise(evaluators, scores, titles)


def main() -> None:
    """Read, score, report."""
    args = parse_args()
    summary = score_predictions(read_config(args), args.predictions)
    print(score_table(summary))
    if args.out:
        summary.write(args.out)


if __name__ == '__main__':
    run_tool(main)
