"""Compares weights with those that a model asks for."""

from collections.abc import Mapping

from torch import Tensor


def weight_faults(
    wanted: Mapping[str, Tensor], got: Mapping[str, Tensor]
) -> dict[str, list[str]]:
    """Find the reasons why weights do not fit.

    Args:
        wanted (Mapping[str, Tensor]): By name; only shapes are looked at.
        got (Mapping[str, Tensor]): By name.

    Returns:
        dict[str, list[str]]: The names that are ``misshapen`` (with both
        shapes), ``missing`` and ``unexpected``; no empty lists.
    """
    faults = dict(
        misshapen=[
            f'{name} (expected {tuple(wanted[name].shape)}, got '
            f'{tuple(got[name].shape)})'
            for name in wanted
            if name in got and wanted[name].shape != got[name].shape
        ],
        missing=[name for name in wanted if name not in got],
        unexpected=[name for name in got if name not in wanted],
    )
    return {fault: names for fault, names in faults.items() if names}


def name_faults(faults: Mapping[str, list[str]]) -> str:
    """The first names of each fault, in words."""
    return '; '.join(
        f'{len(names)} {fault}: {", ".join(names[:3])}'
        f'{", ..." if len(names) > 3 else ""}'
        for fault, names in faults.items()
    )
