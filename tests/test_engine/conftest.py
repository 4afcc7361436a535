"""Fixtures of optimisation."""

import pytest
import torch
from mmengine.optim.optimizer import amp_optimizer_wrapper


@pytest.fixture
def scaler_on_cpu(monkeypatch):
    """MMEngine's mixed precision as it is, on the one device there is."""
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: True)
    monkeypatch.setattr(
        amp_optimizer_wrapper,
        'GradScaler',
        lambda **kwargs: torch.amp.GradScaler(device='cpu', **kwargs),
    )
