#!/usr/bin/env python3
"""Time a model: training, captions, embeddings, ranking, data, start.

    python tools/analysis_tools/benchmark.py train configs/famevil_4task_vit_b16.py \
        --batch-size 8 --against eager

Photos, texts and weights are random; works take turns, and medians are
printed. On a GPU where there is one, else on the CPU.
"""

import argparse
import json
from collections.abc import Iterable, Iterator

from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from famevil_plugin.benchmark import (
    Result,
    Workload,
    make_batch,
    time_answers,
    time_captions,
    time_data,
    time_ranking,
    time_start,
    time_training,
)
from famevil_plugin.command_line import (
    add_config_options,
    read_config,
    run_tool,
    serve_config,
)
from famevil_plugin.engine import use_mixed_precision
from famevil_plugin.models import FICHead
from famevil_plugin.registry import MODELS

SUBJECTS = dict(
    train='training steps of each task',
    caption='captions, greedy and by beams',
    embed='embeddings, and scores of classes',
    evaluate='ranking a gallery',
    data="photos through each task's training pipeline",
    startup='import, build, resume',
)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Time a model: training, captions, embeddings, ranking, data, '
        'start.'
    )
    subjects = parser.add_subparsers(dest='subject', required=True, metavar='SUBJECT')
    for name, what in SUBJECTS.items():
        own = subjects.add_parser(name, help=what, description=f'Time {what}.')
        if name != 'evaluate':
            own.add_argument('config', help='a config file')
            add_config_options(own)
        if name in ('train', 'caption', 'embed'):
            own.add_argument('--batch-size', type=int, default=8)
            own.add_argument(
                '--tokens',
                type=int,
                help='length of the longest text or of captions (default: what '
                'the text tower reads at most)',
            )
            own.add_argument(
                '--against',
                choices=['eager'],
                help='a plain baseline to take turns with',
            )
            own.add_argument('--amp', action='store_true', help='in mixed precision')
        if name == 'train':
            own.add_argument('--compile', action='store_true', help='compile the step')
            own.add_argument(
                '--distill',
                action='store_true',
                help='each task learns from a teacher besides',
            )
        if name == 'caption':
            own.add_argument('--beams', type=int, nargs='+', default=[1, 5])
        if name == 'evaluate':
            own.add_argument('--gallery', type=int, default=32528)
            own.add_argument('--queries', type=int, default=7519)
            own.add_argument('--width', type=int, default=512)
        if name == 'data':
            own.add_argument('--items', type=int, default=200, help='items of a turn')
        if name == 'startup':
            own.add_argument('--items', type=int, default=10_000_000)
            own.add_argument('--step', type=int, default=80_000)
        own.add_argument('--repeats', type=int, default=5, help='turns that count')
        own.add_argument('--json', action='store_true', help='print a list of objects')
    return parser.parse_args()


def time_model(args: argparse.Namespace) -> Iterator[Result]:
    """Time what a model does, task by task."""
    config = read_config(args)
    config.model.encoder.pretrained = None
    if args.amp:
        use_mixed_precision(config)
    model = MODELS.build(config.model).to(get_device())
    limit = model.encoder.text_tower.context_length
    tokens = args.tokens or limit
    if not 2 <= tokens <= limit:
        raise ValueError(
            f'--tokens must lie in 2 to {limit}, what the text tower of '
            f'{args.config} reads, got {tokens}'
        )
    for task, head in model.heads.items():
        batch = make_batch(model, task, args.batch_size, tokens)
        against_eager = args.against == 'eager'
        load = Workload(model, task, batch, args.amp, against_eager, args.repeats)
        if args.subject == 'train':
            yield time_training(load, config, args.compile, args.distill)
        elif args.subject == 'embed':
            if not isinstance(head, FICHead):
                yield from time_answers(load)
        elif isinstance(head, FICHead):
            for beams in args.beams:
                yield time_captions(load, beams, tokens)


def time_subject(args: argparse.Namespace) -> Iterable[Result]:
    """Time what the command line asks for."""
    if args.subject == 'evaluate':
        return time_ranking(args.gallery, args.queries, args.width, args.repeats)
    if args.subject == 'data':
        config = serve_config(args, ('train',))
        return time_data(config, list(config.model.heads), args.items, args.repeats)
    if args.subject == 'startup':
        config = read_config(args)
        config.model.encoder.pretrained = None
        return time_start(config, args.items, args.step, args.repeats)
    return time_model(args)


def lay_out(result: Result) -> str:
    """A result as a line of text."""
    numbers = result.numbers()
    parts = [
        f'{name} {measured.seconds:.4g} s (CPU {measured.cpu_seconds:.4g} s, '
        f'+{measured.memory:,.0f} MiB)'
        for name, measured in result.measured.items()
    ]
    parts.append(f'{numbers["items_per_second"]:,.4g} {result.unit}/s')
    if 'ratio' in numbers:
        parts.append(f'{numbers["ratio"]:.2f}x (CPU {numbers["cpu_ratio"]:.2f}x)')
    if 'utilisation' in numbers:
        parts.append(f'{numbers["utilisation"]:.0%} of a matrix product')
    return f'{result.what}: ' + ', '.join(parts)


def main() -> None:
    """Time and print."""
    args = parse_args()
    init_default_scope('famevil_plugin')
    # what is built says much about itself
    MMLogger.get_current_instance().setLevel('WARNING')
    results = time_subject(args)
    if args.json:
        print(json.dumps([result.numbers() for result in results], indent=2))
        return
    for result in results:
        print(lay_out(result), flush=True)


if __name__ == '__main__':
    run_tool(main)
