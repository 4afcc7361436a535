"""Parity: the numbers recorded from the authors' code, and how far ours lie.

A test asks for the fixtures ``reference`` and ``deviations``,

    features = reference.tensors('forward')['image_features/itc']
    deviations.check('pathways', got, features)

and a run with such tests ends in a table of the largest deviations.
"""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from famevil_plugin.models import FAMEViL
from famevil_plugin.models.weights.authors import authors_config, from_authors
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample


class Reference:
    """Reads the folder of recorded files, by their names without endings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tensors(self, name: str) -> dict[str, Tensor]:
        """``NAME.safetensors``."""
        return load_file(self.folder / f'{name}.safetensors')

    def numbers(self, name: str) -> Any:
        """``NAME.json``."""
        return json.loads((self.folder / f'{name}.json').read_text())

    def weights(self, name: str) -> dict[str, Tensor]:
        """``NAME.q4.safetensors``, unpacked by the reader beside it."""
        spec = importlib.util.spec_from_file_location(
            'load_q4', self.folder / 'load_q4.py'
        )
        reader = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(reader)
        return reader.load_q4(self.folder / f'{name}.q4.safetensors')

    def model(self, name: str, variant: str = 'full') -> FAMEViL:
        """The recorded ``NAME``, or that part of it which a variant has, as a
        model of ours whose captioning counts the padding, as theirs."""
        config, weights = self.config(name, variant)
        model = MODELS.build(config)
        model.load_state_dict(weights)
        return model

    def config(
        self, name: str, variant: str = 'full'
    ) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """Config that :meth:`model` builds, and its weights by our names."""
        weights = {
            key: weight
            for key, weight in self.weights(name).items()
            if not re.search(_LEFT_OUT[variant], key)
        }
        config = authors_config(weights)
        if 'fic' in config['heads']:
            config['heads']['fic'].update(
                tokenizer=IdentityTokenizer(), count_padding=True
            )
        return config, from_authors(weights)

    def inputs(
        self, task: str, dtype: torch.dtype = torch.float32
    ) -> dict[str, Tensor]:
        """The recorded batch as a task's head reads it."""
        recorded = {
            key: tensor.to(dtype) if tensor.is_floating_point() else tensor
            for key, tensor in self.tensors('inputs').items()
        }
        return dict(
            image=recorded['ref_image' if task == 'tgir' else 'image'],
            target_image=recorded['tar_image'],
            tokens=recorded['input_ids'],
        )

    def samples(self, task: str) -> list[FashionSample]:
        """Samples that go with :meth:`inputs`."""
        return [
            FashionSample(metainfo=dict(task=task), gt_label=label)
            for label in self.tensors('inputs')['targets'].tolist()
        ]


def corner(tensor: Tensor) -> Tensor:
    """As much of a gradient as was recorded."""
    return tensor.flatten(1)[:8, :32] if tensor.dim() > 1 else tensor.flatten()[:256]


# of the student's weights, by the variant that lacks them
_LEFT_OUT = dict(
    full='^$',
    none=r'adapt_mlp|cross_attn|heads\.cap',
    tsa=r'adapt_mlp\.cap|cross_attn|heads\.cap',
    xaa=r'adapt_mlp',
)


class IdentityTokenizer(NamedTuple):
    """The recorded models' tokenizer, whose words are numbers."""

    vocab_size: int = 200
    context_length: int = 16
    sot_token_id: int = 198
    eot_token_id: int = 199

    def decode(self, ids: list[int]) -> str:
        """Ids -> text."""
        return ' '.join(map(str, ids))


class Deviation(NamedTuple):
    """One comparison.

    Attributes:
        group (str): What it belongs to.
        absolute (float): Largest difference of two elements.
        either (float): Largest difference, absolute or relative, whichever
            is the smaller for an element; what the tolerance bounds.
    """

    group: str
    absolute: float
    either: float


class Deviations:
    """Compares tensors, and remembers how far they lay apart."""

    def __init__(self) -> None:
        self.found: list[Deviation] = []

    def check(
        self, group: str, got: Any, expected: Any, tolerance: float = 1e-5
    ) -> None:
        """Compare, and fail beyond the tolerance.

        An element may differ by the tolerance in absolute **or** relative
        terms: ``|got - expected| / max(1, |expected|) <= tolerance``.

        Args:
            group (str): Row of the table.
            got (Tensor | float | Sequence): What we compute.
            expected (Tensor | float | Sequence): What was recorded; whole
                numbers and booleans must be equal.
            tolerance (float): Defaults to 1e-5.
        """
        expected = torch.as_tensor(expected)
        if not expected.is_floating_point():
            tolerance = 0.0
        expected = expected.detach().double()
        got = torch.as_tensor(got).detach().double()
        assert got.shape == expected.shape, (
            f'{group}: expected shape {tuple(expected.shape)}, got {tuple(got.shape)}'
        )
        difference = (got - expected).abs()
        either = difference / expected.abs().clamp_min(1)
        found = Deviation(group, difference.max().item(), either.max().item())
        self.found.append(found)
        # so written that a NaN fails
        assert found.either <= tolerance, (
            f'{group}: off by {found.either:.1e}, absolute or relative, where '
            f'{tolerance:.0e} is allowed'
        )

    def table(self) -> list[str]:
        """One line a group: number of tensors and largest deviations."""
        lines = [f'{"group":32} {"tensors":>7} {"absolute":>10} {"abs or rel":>10}']
        for group in dict.fromkeys(row.group for row in self.found):
            rows = [row for row in self.found if row.group == group]
            absolute = max(row.absolute for row in rows)
            either = max(row.either for row in rows)
            lines.append(f'{group:32} {len(rows):7} {absolute:10.1e} {either:10.1e}')
        return lines


_FOUND = pytest.StashKey[Deviations]()


def deviations_of(config: pytest.Config) -> Deviations:
    """The one recorder of a run."""
    return config.stash.setdefault(_FOUND, Deviations())


def read_states(side: str, states: Tensor, tokens: Tensor) -> Tensor:
    """What a side's embedding is read from, ``(B, 1, width)``."""
    places = 0 * tokens[:, 0] if side == 'image' else tokens.argmax(1)
    return states[torch.arange(len(states)), places][:, None]
