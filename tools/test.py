#!/usr/bin/env python3
"""Evaluate a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``.

Without a checkpoint it evaluates a pretrained CLIP on retrieval, zero-shot.
"""

import argparse
from pathlib import Path

from mmengine.config import Config, ConfigDict
from mmengine.dist import is_main_process

from famevil_plugin.command_line import (
    check_checkpoint_file,
    load_config,
    run_parser,
    run_tool,
)
from famevil_plugin.engine import (
    QuietRunner,
    SummaryHook,
    join_processes,
    report_first_error,
)
from famevil_plugin.evaluation import PredictionKeeper
from famevil_plugin.evaluation.predictions import write_predictions
from famevil_plugin.tasks import untrained_parts


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = run_parser(__doc__)
    parser.add_argument('checkpoint', nargs='?', help='a checkpoint file')
    parser.add_argument(
        '--out',
        help='a JSON file for the scores (default: test_summary.json in the work dir)',
    )
    parser.add_argument(
        '--dump',
        type=Path,
        help='a file for the predictions, which '
        'tools/analysis_tools/eval_metric.py scores again',
    )
    return parser.parse_args()


def check_zero_shot(config: Config) -> None:
    """Refuse a model that would answer by weights nobody trained."""
    untrained = untrained_parts(config.model)
    if untrained:
        raise SystemExit(
            f'no checkpoint given, and {", ".join(untrained)} would have '
            'random weights: give the checkpoint, or compare with '
            'configs/zero_shot.py'
        )


def find_summary_hook(config: Config) -> ConfigDict:
    """The config's ``SummaryHook``, under whichever key it is."""
    hooks = [*config.get('default_hooks', {}).values(), *config.get('custom_hooks', [])]
    for hook in hooks:
        if hook and hook.type in (SummaryHook, 'SummaryHook'):
            return hook
    raise SystemExit(
        '--out needs SummaryHook, which writes the scores: add '
        "dict(type='SummaryHook') to the config's custom_hooks"
    )


def build_config(args: argparse.Namespace) -> Config:
    """The config file with the command line worked in."""
    if args.checkpoint:
        check_checkpoint_file(args.checkpoint)
    config = load_config(args, ['test'])
    config.load_from = args.checkpoint or None
    if not args.checkpoint:
        check_zero_shot(config)
    if args.out:
        find_summary_hook(config).test_out_file = str(Path(args.out).resolve())
    if args.dump:
        for task, metrics in config.test_evaluator.items():
            metrics = metrics if isinstance(metrics, list) else [metrics]
            config.test_evaluator[task] = [*metrics, dict(type=PredictionKeeper)]
    return config


@report_first_error
def main() -> None:
    """Test."""
    args = parse_args()
    config = build_config(args)
    join_processes(config)
    runner = QuietRunner.from_cfg(config)
    runner.test()
    if args.dump and is_main_process():
        write_predictions(args.dump, runner.test_loop.evaluator)


if __name__ == '__main__':
    run_tool(main)
