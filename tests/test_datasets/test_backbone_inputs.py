"""Photos and texts reach a backbone as open_clip prepares them."""

import json

import open_clip
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from famevil_plugin.datasets import BackboneInputs, LoadPhotos
from famevil_plugin.models import FAMEViL, XMRHead
from famevil_plugin.models.backbone import preprocessing_of
from tests.conftest import BACKBONE

STATISTICS = dict(mean=[0.5, 0.4, 0.3], std=[0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    'own',
    [
        {},
        dict(resize_mode='squash', interpolation='bilinear', **STATISTICS),
        dict(resize_mode='longest', **STATISTICS),
    ],
)
def test_photos_equal_open_clips(tmp_path, own):
    photo = tmp_path / 'tall.png'
    Image.effect_noise((90, 131), 80).convert('RGB').save(photo)
    config = tmp_path / 'open_clip_config.json'
    config.write_text(json.dumps(dict(model_cfg=BACKBONE, preprocess_cfg=own)))
    backbone = str(config)
    item = BackboneInputs(backbone).transform(
        LoadPhotos().transform(dict(image_path=str(photo)))
    )
    assert item['image'].dtype == torch.uint8
    model = FAMEViL(dict(backbone=backbone), dict(xmr=dict(type=XMRHead)))
    normalise = model.data_preprocessor
    expected = image_transform_v2(
        PreprocessCfg(size=BACKBONE['vision_cfg']['image_size'], **own), is_train=False
    )
    torch.testing.assert_close(
        (item['image'].float() - normalise.mean) / normalise.std,
        expected(Image.open(photo)),
    )


def test_texts_equal_open_clips():
    texts = ['A long red dress.', 'crêpe ' * 90]
    tokenize = open_clip.get_tokenizer('ViT-B-32')
    for text, expected in zip(texts, tokenize(texts)):
        item = BackboneInputs('ViT-B-32').transform(dict(text=text))
        assert torch.equal(item['tokens'], expected)


def test_a_tags_statistics_are_used():
    clips = PreprocessCfg().mean
    assert preprocessing_of('ViT-L-14').mean == clips
    assert preprocessing_of('ViT-L-14', 'openai').mean == clips
    assert preprocessing_of('ViT-L-14', 'laion2b_s32b_b82k').mean == (0.5,) * 3
    assert preprocessing_of('ViT-L-14-336').size == 336


def test_refuses_other_tokenizers():
    with pytest.raises(ValueError, match="hf_tokenizer_name .* got 'bert-b"):
        BackboneInputs('ViT-H-14-CLIPA')
