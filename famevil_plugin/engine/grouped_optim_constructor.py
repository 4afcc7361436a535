"""Few parameter groups instead of one for each parameter."""

import logging
from typing import Any

from mmengine.logging import print_log
from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn

from famevil_plugin.registry import OPTIM_WRAPPER_CONSTRUCTORS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class GroupedOptimWrapperConstructor(DefaultOptimWrapperConstructor):
    """Says learning rate, decay and more of a parameter once, by its name.

    ``paramwise_cfg`` takes

    - ``custom_keys``: by a part of parameters' names (the longest that
      matches counts) a dict with ``lr_mult``, ``decay_mult`` and whatever
      else shall stand in the parameter group, as ``shared=False``; a part
      that has no parameters, such as adapters that are not there, may be
      named too;
    - ``bias_decay_mult``: weight decay of biases;
    - ``flat_decay_mult``: weight decay of parameters with at most one
      dimension (biases, LayerNorms, scales).

    Parameters with equal settings share a group, so fused optimizers stay
    fast: CLIP would make some 300 groups otherwise. Each group has the
    ``names`` of the custom keys that are in it, and ``rest`` for none.

    Raises:
        ValueError: If a custom key matches no part of the model, or a setting
            is unknown.
    """

    KNOWN = ('custom_keys', 'bias_decay_mult', 'flat_decay_mult')

    def add_params(
        self,
        params: list[dict[str, Any]],
        module: nn.Module,
        prefix: str = '',
        is_dcn_module: int | float | None = None,
    ) -> None:
        """Append the module's parameter groups to ``params``."""
        unknown = set(self.paramwise_cfg) - set(self.KNOWN)
        if unknown:
            raise ValueError(
                f'unknown keys in paramwise_cfg: {", ".join(sorted(unknown))};'
                f' expected some of {", ".join(self.KNOWN)}'
            )
        groups: dict[tuple[Any, ...], dict[str, Any]] = {}
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                continue
            key = self._key(name)
            settings = self._settings(key, name, parameter)
            group = groups.setdefault(
                tuple(sorted(settings.items())), dict(params=[], names=[], **settings)
            )
            group['params'].append(parameter)
            if (part := key or 'rest') not in group['names']:
                group['names'].append(part)
        parameters = dict(module.named_parameters())
        parts = [*parameters, *dict(module.named_modules())]
        for key in self.paramwise_cfg.get('custom_keys', {}):
            if not any(key in part for part in parts):
                raise ValueError(
                    f'paramwise_cfg.custom_keys: {key!r} matches no part of '
                    'the model, which has, for example, '
                    f'{", ".join(list(parameters)[:3])}'
                )
        params += groups.values()
        for group in params:
            count = sum(p.numel() for p in group['params'])
            rest = {k: v for k, v in group.items() if k != 'params'}
            print_log(
                f'parameter group: {count:,} parameters, {rest}',
                logger='current',
                level=logging.INFO,
            )

    def _key(self, name: str) -> str:
        """The longest custom key in a parameter's name."""
        custom = self.paramwise_cfg.get('custom_keys', {})
        return max((key for key in custom if key in name), key=len, default='')

    def _settings(self, key: str, name: str, parameter: nn.Parameter) -> dict[str, Any]:
        """Settings of a parameter's group."""
        extra = dict(self.paramwise_cfg.get('custom_keys', {}).get(key, {}))
        settings = dict(lr=self.base_lr * extra.pop('lr_mult', 1.0))
        decay = extra.pop('decay_mult', 1.0)
        if parameter.ndim <= 1 and 'flat_decay_mult' in self.paramwise_cfg:
            decay *= self.paramwise_cfg['flat_decay_mult']
        elif name.endswith('bias'):
            decay *= self.paramwise_cfg.get('bias_decay_mult', 1.0)
        if self.base_wd is not None:
            settings['weight_decay'] = self.base_wd * decay
        return settings | extra
