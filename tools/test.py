"""Evaluate a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``.

Without a checkpoint it evaluates a pretrained CLIP on retrieval, zero-shot.
"""

import argparse
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from famevil_plugin.command_line import load_config, run_parser
from famevil_plugin.engine import SummaryHook, join_processes
from famevil_plugin.evaluation import PredictionKeeper
from famevil_plugin.evaluation.predictions import write_predictions
from famevil_plugin.registry import MODELS


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
    init_default_scope(config.default_scope)
    kinds = {
        task: MODELS.get(head.type) if isinstance(head.type, str) else head.type
        for task, head in config.model.heads.items()
    }
    untrained = [
        f'the {task} head' for task, kind in kinds.items() if not kind.zero_shot
    ]
    if not config.model.encoder.get('pretrained'):
        untrained.append('the encoder (model.encoder.pretrained is None)')
    if untrained:
        raise SystemExit(
            f'no checkpoint given, and {", ".join(untrained)} would have '
            'random weights: give the checkpoint, or compare with '
            'configs/zero_shot.py'
        )


def build_config(args: argparse.Namespace) -> Config:
    """The config file with the command line worked in."""
    if args.checkpoint and not Path(args.checkpoint).is_file():
        raise SystemExit(
            f'no checkpoint at {args.checkpoint}: expected a '
            'file that tools/train.py wrote (*.pth)'
        )
    config = load_config(args)
    config.load_from = args.checkpoint or None
    if not args.checkpoint:
        check_zero_shot(config)
    if args.out:
        (summary,) = (hook for hook in config.custom_hooks if hook.type is SummaryHook)
        summary.test_out_file = str(Path(args.out).resolve())
    if args.dump:
        for task, metrics in config.test_evaluator.items():
            metrics = metrics if isinstance(metrics, list) else [metrics]
            config.test_evaluator[task] = [*metrics, dict(type=PredictionKeeper)]
    return config


def main() -> None:
    """Test."""
    args = parse_args()
    config = build_config(args)
    join_processes(args.launcher)
    runner = Runner.from_cfg(config)
    runner.test()
    if args.dump and is_main_process():
        write_predictions(args.dump, runner.test_loop.evaluator)


if __name__ == '__main__':
    main()
