"""Weights in the authors' layout: there, back, and what does not fit."""

import pytest
import torch

from famevil_plugin.models import FAMEViL
from famevil_plugin.models.heads import FICHead, SCRHead, TGIRHead, XMRHead
from famevil_plugin.models.weights.authors import (
    authors_config,
    authors_names,
    from_authors,
    split_checkpoint,
    to_authors,
)
from famevil_plugin.registry import MODELS
from tests.conftest import TASKS, TOKENIZER
from tests.test_models.conftest import make_samples, perturb_weights

# towers as the authors' code could walk them
BACKBONE = dict(
    embed_dim=16,
    quick_gelu=True,
    vision_cfg=dict(image_size=32, patch_size=16, width=128, layers=2),
    text_cfg=dict(**TOKENIZER, width=64, heads=1, layers=2, mlp_ratio=2.0),
)
HEADS = dict(
    xmr=dict(type=XMRHead),
    tgir=dict(type=TGIRHead),
    scr=dict(type=SCRHead, num_classes=7),
    fic=dict(type=FICHead, tokenizer=TOKENIZER),
)


def build(tasks=tuple(TASKS), **encoder) -> FAMEViL:
    settings = dict(backbone=BACKBONE, task_bottleneck=4, cross_bottleneck=8) | encoder
    return FAMEViL(settings, {task: HEADS[task] for task in tasks})


def assert_same(got, expected):
    assert got.keys() == expected.keys()
    for name, tensor in expected.items():
        assert got[name].dtype == tensor.dtype
        assert torch.equal(got[name], tensor)
        assert got[name].is_contiguous()


@pytest.mark.parametrize(
    'tasks, encoder',
    [
        (tuple(TASKS), {}),
        (('xmr',), dict(cross_bottleneck=None)),
        (('fic',), dict(cross_sides=('text',))),
        (('tgir', 'scr'), dict(task_bottleneck=None)),
        (('xmr', 'tgir'), dict(task_bottleneck=None, cross_bottleneck=None)),
    ],
)
def test_there_and_back(tasks, encoder):
    ours = build(tasks, **encoder).state_dict()
    theirs = to_authors(ours)
    assert_same(from_authors(theirs), ours)
    assert_same(to_authors(from_authors(theirs)), theirs)


@pytest.mark.parametrize('task', TASKS)
def test_the_described_model_computes_the_same(inputs, task):
    model = build()
    perturb_weights(model)
    theirs = to_authors(model.state_dict())
    twin = MODELS.build(authors_config(theirs))
    twin.load_state_dict(from_authors(theirs))
    got, expected = (m(inputs, make_samples(task)).logits for m in (twin, model))
    for name, logits in expected.items():
        assert torch.equal(got[name], logits)


def test_what_a_checkpoint_tells():
    model = build(('fic',), cross_sides=('text',))
    config = authors_config(to_authors(model.state_dict()))
    assert config['encoder'] == dict(
        backbone=BACKBONE, task_bottleneck=4, cross_bottleneck=8, cross_sides=('text',)
    )
    assert config['heads'] == dict(
        fic=dict(type='famevil_plugin.FICHead', tokenizer=TOKENIZER)
    )
    theirs = to_authors(build(('xmr', 'scr')).state_dict())
    assert authors_config(theirs)['heads']['scr']['num_classes'] == 7


def test_the_papers_model_has_a_name():
    """Built without memory: the count is the authors' own."""
    with torch.device('meta'):
        model = FAMEViL(
            dict(backbone='ViT-B-16-quickgelu'),
            {
                task: HEADS[task]
                | dict(fic=dict(tokenizer={}), scr=dict(num_classes=121)).get(task, {})
                for task in TASKS
            },
        )
    assert sum(p.numel() for p in model.parameters()) == 214_303_220
    encoder = authors_config(to_authors(model.state_dict()))['encoder']
    assert encoder == dict(
        backbone='ViT-B-16-quickgelu',
        task_bottleneck=64,
        cross_bottleneck=64,
        cross_sides=('image', 'text'),
    )


def test_names():
    assert authors_names(
        'encoder.clip.visual.transformer.resblocks.11.attn.in_proj_bias'
    ) == [
        f'clip.vision_model.encoder.layers.11.self_attn.{part}_proj.bias'
        for part in 'qkv'
    ]
    adapter = 'encoder.task_adapters.text.banks.fic.3.up.weight'
    layer = 'clip.text_model.encoder.layers.3.adapt_mlp'
    assert authors_names(adapter) == [f'{layer}.cap.up_proj.weight']
    assert authors_names(adapter, unnamed=True) == [f'{layer}.up_proj.weight']
    assert authors_names('encoder.clip.visual.proj.weight') == []


def test_one_task_alone_goes_without_its_name():
    alone = to_authors(build(('scr',)).state_dict())
    assert not any('.adapt_mlp.scr.' in name for name in alone)
    # but a model that names its one task is read as well
    named = {
        name.replace('.adapt_mlp.', '.adapt_mlp.scr.'): weight
        for name, weight in alone.items()
    }
    assert_same(from_authors(named), from_authors(alone))


def test_queries_keys_and_values_keep_their_order():
    ours = build(('xmr',)).state_dict()
    name = 'encoder.clip.text.transformer.resblocks.0.attn.in_proj_weight'
    ours[name] = torch.arange(3.0).repeat_interleave(64)[:, None].expand(-1, 64)
    layer = 'clip.text_model.encoder.layers.0.self_attn'
    theirs = to_authors(ours)
    for value, part in enumerate('qkv'):
        assert (theirs[f'{layer}.{part}_proj.weight'] == value).all()


@pytest.mark.parametrize('prefix', ['', 'model.', 'module.model.'])
def test_prefixes_and_guests(prefix):
    theirs = to_authors(build().state_dict())
    teacher = to_authors(build(('xmr',)).state_dict())
    student = theirs | {f'teachers.itc.{n}': w for n, w in teacher.items()}
    student['balances.itc'] = torch.ones(1)
    apart = split_checkpoint({prefix + n: w for n, w in student.items()})
    assert apart.prefix == prefix
    assert_same(apart.weights, theirs)
    assert len(apart.extra_keys) == len(teacher) + 1


def test_names_outside_the_prefix():
    theirs = to_authors(build().state_dict())
    mixed = {f'model.{n}': w for n, w in theirs.items()} | dict(step=torch.zeros(1))
    with pytest.raises(ValueError, match="begin with 'model.', got step"):
        split_checkpoint(mixed)


def test_weights_that_do_not_fit_are_all_listed():
    theirs = to_authors(build().state_dict())
    layer = 'clip.text_model.encoder.layers.1'
    lost = [f'{layer}.self_attn.k_proj.bias', 'clip.logit_scale']
    for name in lost:
        del theirs[name]
    theirs['heads.vqa.weight'] = torch.zeros(3)
    theirs[f'{layer}.cross_attn.key.bias'] = torch.zeros(5)
    with pytest.raises(ValueError) as error:
        from_authors(theirs)
    said = str(error.value)
    assert (
        f'1 misshapen: {layer}.cross_attn.key.bias (expected (64,), got (5,))'
    ) in said
    assert '2 missing: ' in said and all(name in said for name in lost)
    assert '1 unexpected: heads.vqa.weight' in said


def test_one_adapter_for_several_tasks_is_not_ours():
    theirs = to_authors(build(('xmr', 'scr')).state_dict())
    shared = {
        name.replace('adapt_mlp.itc.', 'adapt_mlp.'): weight
        for name, weight in theirs.items()
        if 'adapt_mlp.scr.' not in name
    }
    with pytest.raises(ValueError, match='for each of xmr, scr.*one for all'):
        from_authors(shared)


def test_shuffled_positions():
    theirs = to_authors(build().state_dict())
    theirs['clip.text_model.embeddings.position_ids'] = theirs[
        'clip.text_model.embeddings.position_ids'
    ].flip(1)
    with pytest.raises(ValueError, match='1 reordered: clip.text_model.emb'):
        from_authors(theirs)


def test_models_that_their_code_cannot_run():
    uneven = build(
        backbone=BACKBONE | dict(vision_cfg=BACKBONE['vision_cfg'] | dict(layers=3))
    )
    with pytest.raises(ValueError, match='in pairs, got 3 in the image.*2 in'):
        from_authors(to_authors(uneven.state_dict()))
    narrow = build(
        backbone=BACKBONE
        | dict(vision_cfg=BACKBONE['vision_cfg'] | dict(width=24, head_width=8))
    )
    with pytest.raises(ValueError, match='64 wide, got a tower of width 24'):
        from_authors(to_authors(narrow.state_dict()))


def test_other_layouts():
    ours = build(('xmr',)).state_dict()
    with pytest.raises(ValueError, match='not in the authors.*expected a wei'):
        split_checkpoint(ours)
    with pytest.raises(ValueError, match='not a model of this package'):
        to_authors(to_authors(ours))
    with pytest.raises(ValueError, match='no place for 1 weights: head.bias'):
        to_authors(ours | {'head.bias': torch.zeros(1)})
    lost = (
        'clip.visual_projection.weight',
        'clip.text_model.embeddings.token_embedding.weight',
    )
    with pytest.raises(ValueError, match=f'missing, {lost[1]}, {lost[0]}'):
        from_authors(
            {
                name: weight
                for name, weight in to_authors(ours).items()
                if name not in lost
            }
        )
