"""The open_clip models that can stand under the adapters."""

import json
from typing import Any

import open_clip
import pytest
import torch
from open_clip.model import CustomTextCLIP
from open_clip.transformer import QuickGELU

from famevil_plugin.models import AdaptedCLIP
from famevil_plugin.models.backbone import FusedQuickGELU, build_backbone
from famevil_plugin.models.generation import DecodingCache
from famevil_plugin.models.weights import read_weights
from famevil_plugin.models.weights.shipped import SHIPPED
from tests.conftest import BACKBONE, ROOT

from .conftest import perturb_weights

TIMM = r'vision_cfg.timm_model_name of the backbone must be unset, got '
HF = r'text_cfg.hf_model_name of the backbone must be unset, got '


def changed(
    vision: dict[str, Any] | None = None, text: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The tiny backbone with other settings of its towers."""
    return BACKBONE | dict(
        vision_cfg=BACKBONE['vision_cfg'] | (vision or {}),
        text_cfg=BACKBONE['text_cfg'] | (text or {}),
    )


def walk(encoder: AdaptedCLIP, batch: int = 2) -> dict[str, tuple[int, ...]]:
    """Shapes that the three pathways give for one batch."""
    image, text = encoder.image_tower, encoder.text_tower
    images = torch.zeros(batch, 3, *image.image_size)
    tokens = torch.zeros(batch, text.context_length, dtype=torch.long)
    memory = encoder.encode_memory(images, 'fic')
    return dict(
        image=encoder.encode_image(images, 'fic').shape,
        text=encoder.encode_text(tokens, 'fic').shape,
        fused=encoder.fuse(images, tokens, 'fic').shape,
        memory=(len(memory), *memory[-1].shape),
        hidden=encoder.decode(memory, tokens, 'fic').shape,
    )


@pytest.mark.parametrize(
    ('name', 'layers', 'exchanges', 'patches', 'widths'),
    [
        ('ViT-B-32', (12, 12), 12, 50, (768, 512, 512)),
        ('ViT-L-14', (24, 12), 12, 257, (1024, 768, 768)),
    ],
)
def test_full_size_backbones(name, layers, exchanges, patches, widths):
    vision, text, embedding = widths
    with torch.device('meta'), torch.no_grad():
        encoder = AdaptedCLIP(name, ['fic'])
        shapes = walk(encoder)
    assert (len(encoder.image_tower), len(encoder.text_tower)) == layers
    assert shapes == dict(
        image=(2, embedding),
        text=(2, embedding),
        fused=(2, embedding),
        memory=(exchanges, 2, patches, vision),
        hidden=(2, 77, text),
    )


def test_backbone_from_a_json_file(tmp_path):
    path = tmp_path / 'tiny.json'
    path.write_text(json.dumps(BACKBONE))
    with torch.device('meta'):
        shapes = walk(AdaptedCLIP(str(path), ['fic']))
    assert shapes['fused'] == (2, 16)
    with pytest.raises(FileNotFoundError, match="no backbone at 'no.json'"):
        AdaptedCLIP('no.json', ['fic'])


@pytest.mark.parametrize(
    'backbone',
    [
        changed(vision=dict(pool_type='avg', final_ln_after_pool=True)),
        changed(vision=dict(attentional_pool=True, attn_pooler_heads=2)),
        changed(vision=dict(no_ln_pre=True, pos_embed_type='sin_cos_2d')),
        changed(vision=dict(ls_init_value=0.5), text=dict(ls_init_value=0.5)),
        changed(vision=dict(mlp_ratio=2.0), text=dict(proj_bias=True)),
        changed(vision=dict(norm_kwargs=dict(eps=0.1))),
        BACKBONE | dict(quick_gelu=True),
    ],
    ids=['average', 'attention', 'sine', 'scale', 'bias', 'epsilon', 'gelu'],
)
def test_walks_what_open_clip_builds(backbone, images, tokens):
    encoder = AdaptedCLIP(backbone, ['xmr'])
    for ours, theirs in (
        (encoder.encode_image(images, 'xmr'), encoder.clip.encode_image(images)),
        (encoder.encode_text(tokens, 'xmr'), encoder.clip.encode_text(tokens)),
    ):
        torch.testing.assert_close(ours, theirs, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize(
    ('backbone', 'message'),
    [
        (
            'RN50',
            'visual tower must be an open_clip VisionTransformer, got ModifiedResNet',
        ),
        ('convnext_base', TIMM + "'convnext_base'"),
        ('ViT-B-16-SigLIP', TIMM + "'vit_base_patch16_siglip_224'"),
        ('roberta-ViT-B-32', HF + "'roberta-base'"),
        ('coca_ViT-B-32', 'text_cfg.embed_cls .* must be False, got True'),
        ('ViT-L-14-CLIPA', 'text_cfg.no_causal_mask .* got True: a caption'),
        ('ViT-H-14-worldwide', "text_cfg.pool_type .* 'argmax', got 'eos'"),
        (changed(text=dict(proj_type='none')), "'linear', got 'none'"),
        (
            changed(vision=dict(attentional_pool='cascade', attn_pooler_heads=2)),
            "'tok' or 'avg', got 'none': one vector",
        ),
        (changed(vision=dict(qk_norm=True)), 'blocks of the visual tower'),
        (changed(vision=dict(breadth=3)), "cannot build .*'breadth'"),
        (changed(vision=dict(width=25)), 'cannot build .*divisible'),
        (dict(embed_dim=3), 'lacks vision_cfg, text_cfg: expected embed_dim'),
    ],
    ids=lambda value: value if isinstance(value, str) else 'changed',
)
def test_refused_with_a_reason(backbone, message):
    with torch.device('meta'), pytest.raises(ValueError, match=message):
        AdaptedCLIP(backbone, ['xmr'])


def test_positions_of_a_backbone_from_scratch(images, tmp_path):
    def build(**settings) -> AdaptedCLIP:
        torch.manual_seed(0)
        return AdaptedCLIP(changed(), ['xmr'], **settings)

    torch.manual_seed(0)
    own = CustomTextCLIP(**changed()).visual.positional_embedding
    fresh = build().clip
    assert torch.equal(fresh.visual.positional_embedding, own)
    patches = fresh.visual.conv1(images).std()
    assert fresh.visual.positional_embedding.std() < patches / 2
    for std in (0.5, 1.0):
        positions = build(position_std=std).image_tower.positions
        assert abs(positions.std() / std - 1) < 0.1
    # a model with weights has theirs
    torch.save(fresh.state_dict(), tmp_path / 'clip.pt')
    loaded = build(pretrained=str(tmp_path / 'clip.pt'), position_std=1.0)
    assert torch.equal(loaded.image_tower.positions, fresh.visual.positional_embedding)


def test_positions_that_are_not_drawn():
    sines = changed(dict(pos_embed_type='sin_cos_2d'))
    positions = AdaptedCLIP(sines, ['xmr']).image_tower.positions
    assert not positions.requires_grad and positions.abs().max() <= 1
    with pytest.raises(ValueError, match='position_std .* is 1.0, but .*pos_embed_ty'):
        AdaptedCLIP(sines, ['xmr'], position_std=1.0)


@pytest.mark.slow
def test_first_weights_from_a_trained_model(images, tokens, tmp_path, model):
    perturb_weights(model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'iter_9.pth')
    encoder = AdaptedCLIP(BACKBONE, ['xmr'], pretrained=str(tmp_path / 'iter_9.pth'))
    for name, value in model.encoder.clip.state_dict().items():
        assert torch.equal(encoder.clip.state_dict()[name], value), name
    with pytest.raises(FileNotFoundError, match=r'with the package \(small_clip\)'):
        AdaptedCLIP(BACKBONE, ['xmr'], pretrained='nowhere/iter_9.pth')


@pytest.mark.parametrize('name', SHIPPED)
def test_shipped_weights(name, tmp_path, monkeypatch):
    """They are small, say how they were made, and come by their name."""
    assert SHIPPED[name].stat().st_size < 8e6
    weights, notes = read_weights(SHIPPED[name])
    assert {weight.dtype for weight in weights.values()} == {torch.float16}
    assert notes.keys() - {'begun_from'} == {
        'config',
        'architecture',
        'tasks',
        'data',
        'seed',
        'steps',
        'batch_size',
        'hours',
        'commit',
    }
    assert (ROOT / notes['config']).is_file()
    architecture = json.loads(notes['architecture'])
    # a folder of that name in the working folder is not meant
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    loaded = AdaptedCLIP(architecture, ['xmr'], pretrained=name).clip.state_dict()
    for key, weight in loaded.items():
        assert torch.equal(weight, weights[f'encoder.clip.{key}'].float())
    with pytest.raises(ValueError, match=f"'{name}' are of another backbone"):
        AdaptedCLIP(BACKBONE, ['xmr'], pretrained=name)


def test_every_config_of_open_clip_builds_or_says_why_not():
    built = set()
    for name in open_clip.list_models():
        try:
            with torch.device('meta'):
                AdaptedCLIP(name, ['xmr'])
            built.add(name)
        except ValueError as error:
            assert ' must be ' in str(error), name
    plain = {
        f'ViT-{size}'
        for size in (
            'S-32',
            'S-16',
            'M-32',
            'M-16',
            'B-32',
            'B-16',
            'L-16',
            'L-14',
            'L-14-336',
            'H-16',
            'H-14',
            'g-14',
            'bigG-14',
            'e-14',
        )
    }
    assert plain <= built
    assert not {name for name in built if not name.startswith('ViT-')}


def of_depths(image, text, task, bottleneck=4):
    """An encoder whose towers have so many layers, and add something."""
    encoder = AdaptedCLIP(
        changed(dict(layers=image), dict(layers=text)),
        [task],
        task_bottleneck=bottleneck,
        cross_bottleneck=bottleneck,
    )
    perturb_weights(encoder)
    return encoder


@pytest.mark.parametrize('depths', [(4, 2), (2, 4)], ids=['image', 'text'])
def test_the_deeper_tower_exchanges_in_every_second_layer(depths, images, tokens):
    encoder = of_depths(*depths, 'tgir')
    image, text, xaa = (encoder.image_tower, encoder.text_tower, encoder.cross_adapters)
    tsa = encoder.task_adapters
    x, y = image.embed(images), text.embed(tokens)
    padding = text.padding(tokens)

    def image_layer(layer, x):
        return image.transform(layer, x) + tsa['image']('tgir', layer, x)

    def text_layer(layer, y):
        return text.transform(layer, y) + tsa['text']('tgir', layer, y)

    for i in range(2):
        u = v = i
        if depths[0] == 4:
            u = 2 * i + 1
            x = image_layer(u - 1, image.attend(u - 1, x))
        else:
            v = 2 * i + 1
            y = text_layer(v - 1, text.attend(v - 1, y))
        x, y = image.attend(u, x), text.attend(v, y)
        seen, read = (
            xaa['text'][i].project_context(x),
            xaa['image'][i].project_context(y),
        )
        x, y = (
            image_layer(u, x) + xaa['image'][i](x, read, padding),
            text_layer(v, y) + xaa['text'][i](y, seen),
        )
    torch.testing.assert_close(
        encoder.fuse(images, tokens, 'tgir'), image.pool(x) + text.pool(y, tokens)
    )


@pytest.mark.parametrize('depths', [(5, 2), (2, 5)], ids=['image', 'text'])
def test_unequal_towers_learn_and_write(depths, images, tokens):
    encoder = of_depths(*depths, 'fic', bottleneck=16)
    memory = encoder.encode_memory(images, 'fic')
    assert len(memory) == 2
    hidden = encoder.decode(memory, tokens, 'fic')
    cache = DecodingCache()
    torch.testing.assert_close(
        torch.cat(
            [
                encoder.decode(memory, token, 'fic', cache)
                for token in tokens.split(1, dim=1)
            ],
            1,
        ),
        hidden,
    )
    fused = encoder.fuse(images, tokens, 'fic')
    (hidden.square().sum() + fused.square().sum()).backward()
    untouched = {
        name
        for name, parameter in encoder.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    }
    assert untouched == {'clip.logit_scale'}


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_quick_gelu_is_open_clips(dtype):
    x = torch.linspace(-30, 30, 1001, dtype=dtype, requires_grad=True)
    ours, theirs = FusedQuickGELU()(x), QuickGELU()(x)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(
        *(torch.autograd.grad(y.sum(), x)[0] for y in (ours, theirs))
    )


def test_the_towers_have_the_fused_one():
    clip = build_backbone(BACKBONE | dict(quick_gelu=True))
    found = [type(m) for m in clip.modules() if isinstance(m, QuickGELU)]
    assert found == [FusedQuickGELU] * len(found) and found
