"""A model that is about to get weights of its own."""

import copy

import torch
from torch import nn

from famevil_plugin.models.bare_model import build_bare
from tests.tiny_run import model_config


class Recorded(nn.Module):
    """What a model was built from."""

    def __init__(self, **settings):
        super().__init__()
        self.settings = settings


def test_photos_are_normalised_as_its_tag_asks():
    """Its weights need not be there."""
    settings = model_config('xmr') | dict(type=Recorded)
    settings['encoder'] = dict(backbone='ViT-L-14', pretrained='laion2b_s32b_b82k')
    built = build_bare(settings).settings
    assert built['data_preprocessor']['mean'] == (0.5, 0.5, 0.5)
    assert built['encoder']['pretrained'] is None
    longer = build_bare(settings | dict(data_preprocessor=dict(text_multiple=8)))
    assert longer.settings['data_preprocessor']['mean'] == (0.5, 0.5, 0.5)
    assert longer.settings['data_preprocessor']['text_multiple'] == 8
    own = dict(type='TaskDataPreprocessor', mean=(0.1, 0.2, 0.3))
    assert (
        build_bare(settings | dict(data_preprocessor=own)).settings['data_preprocessor']
        == own
    )


def test_the_config_and_the_random_numbers_stay():
    settings = model_config('fic', teachers=dict(fic=dict(model={}, checkpoint='x')))
    settings['encoder']['pretrained'] = 'gone.pt'
    before, state = copy.deepcopy(settings), torch.get_rng_state()
    assert not build_bare(settings).teachers.settings
    assert settings == before
    assert torch.get_rng_state().equal(state)
