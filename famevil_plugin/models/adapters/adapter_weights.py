"""Checkpoints of a transformer's adapters without the transformer."""

from typing import Any

import torch
from torch import Tensor, nn

from famevil_plugin.models.weights.digest import weights_digest

# stands beside the adapters: of the transformer that they belong to
_DIGEST = 'host_sha256'


class AdapterWeights:
    """What hooks of a transformer do with its state dict.

    One that is saved may hold the adapters alone, with a digest of the
    transformer's weights. When such a one is loaded, the present weights stay
    as they are, if they are those of the digest.

    Args:
        adapters (str): The name of the child that holds the adapters.
        alone (bool): Whether it is saved alone.
    """

    def __init__(self, adapters: str, alone: bool) -> None:
        self.adapters = adapters
        self.alone = alone

    def register(self, host: nn.Module) -> None:
        """Hook into the transformer."""
        host.register_state_dict_post_hook(self)
        host.register_load_state_dict_pre_hook(self.complete)

    def __call__(
        self, host: nn.Module, weights: dict[str, Any], prefix: str, metadata: Any
    ) -> None:
        """Leave the transformer out of what is saved."""
        if not self.alone:
            return
        own = self._of_host(weights, prefix)
        for name in own:
            del weights[f'{prefix}{name}']
        weights[f'{prefix}{self.adapters}.{_DIGEST}'] = _digest(own)

    def complete(
        self, host: nn.Module, weights: dict[str, Any], prefix: str, *_: Any
    ) -> None:
        """Add the present transformer to adapters that are loaded.

        Raises:
            ValueError: If they were trained in another one.
        """
        expected = weights.pop(f'{prefix}{self.adapters}.{_DIGEST}', None)
        if expected is None:
            return
        present = self._present(host)
        if not torch.equal(_digest(present), expected.cpu()):
            raise ValueError(
                f'the {self.adapters} of the checkpoint were trained in another '
                f'{type(host).__name__} than the present one, whose weights differ: '
                'give the config the weights that the training began with, as '
                "init_cfg=dict(type='Pretrained', checkpoint=...)"
            )
        weights |= {f'{prefix}{name}': weight for name, weight in present.items()}

    def _present(self, host: nn.Module) -> dict[str, Tensor]:
        alone, self.alone = self.alone, False
        try:
            return self._of_host(host.state_dict(), '')
        finally:
            self.alone = alone

    def _of_host(self, weights: dict[str, Any], prefix: str) -> dict[str, Tensor]:
        """The transformer's own weights by their names in it."""
        return {
            name.removeprefix(prefix): weight
            for name, weight in weights.items()
            if name.startswith(prefix)
            and not name.startswith(f'{prefix}{self.adapters}.')
        }


def _digest(weights: dict[str, Tensor]) -> Tensor:
    return torch.tensor(list(bytes.fromhex(weights_digest(weights))), dtype=torch.uint8)
