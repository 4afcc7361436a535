#!/usr/bin/env python3
"""Serve a web page that asks a trained model: ``python tools/webapp.py WORK_DIR``.

Four tabs: search by a text or a photo, change a photo by a wish, name a
product's sub-category, describe it. It needs the extra `page`: tools/set_up.sh page.

The page can be reached from this machine alone. Who says --host 0.0.0.0 lets
everybody in the network upload photos: put a server with passwords in front.
"""

import argparse
import socket
from collections.abc import Sequence
from pathlib import Path

from famevil_plugin.command_line import run_tool, tool_parser
from famevil_plugin.inference import FashionInferencer, Gallery


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('model', metavar='WORK_DIR', help='the work dir of a training')
    parser.add_argument(
        '--gallery',
        type=Path,
        help='a folder that `tools/infer.py index` made (default: the photos that the '
        'model was tested on)',
    )
    parser.add_argument('--weights', help='a checkpoint (default: the newest whole)')
    parser.add_argument('--device', help='in PyTorch (default: a GPU, if any)')
    parser.add_argument(
        '--host', default='127.0.0.1', help='who is let in (default: this machine)'
    )
    parser.add_argument('--port', type=int, default=7860, help='(default: 7860)')
    parser.add_argument(
        '--max-upload', type=int, default=20, metavar='MB', help='(default: 20)'
    )
    return parser.parse_args(arguments)


def check_port(host: str, port: int) -> None:
    """Say that a port cannot be used before a model is loaded.

    Raises:
        ValueError: If it is taken, or no port.
    """
    if not 0 < port < 2**16:
        raise ValueError(f'--port must lie in 1 to 65535, got {port}')
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise ValueError(
                f'port {port} of {host} cannot be used ({error.strerror}): another '
                'program may have it; give another by --port'
            ) from None


def serve(args: argparse.Namespace) -> None:
    """Load the model and the gallery, and serve the page until Ctrl-C."""
    check_port(args.host, args.port)
    try:
        from famevil_plugin.inference.page import build_page
    except ImportError as error:
        raise ValueError(
            f'the page needs gradio ({error}): tools/set_up.sh page installs it'
        ) from None
    model = FashionInferencer(args.model, args.weights, args.device)
    gallery = (
        Gallery.load(args.gallery, model) if args.gallery else Gallery.of_config(model)
    )
    page = build_page(model, gallery)
    page.launch(
        server_name=args.host,
        server_port=args.port,
        max_file_size=f'{args.max_upload}mb',
        show_error=True,
        footer_links=[],
        prevent_thread_lock=True,
        quiet=True,  # its hints are for who calls it from Python
    )
    print(f'the page is at http://{args.host}:{args.port}; Ctrl-C ends it', flush=True)
    page.block_thread()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve."""
    serve(parse_args(arguments))


if __name__ == '__main__':
    run_tool(main)
