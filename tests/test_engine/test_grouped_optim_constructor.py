"""Parameter groups."""

import pytest
import torch
from torch import nn

from famevil_plugin.engine import GroupedOptimWrapperConstructor


def build(**paramwise):
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2))
    constructor = GroupedOptimWrapperConstructor(
        dict(optimizer=dict(type=torch.optim.AdamW, lr=1.0, weight_decay=0.1)),
        paramwise,
    )
    return model, constructor(model).optimizer.param_groups


def names(model, group):
    return {
        name
        for name, parameter in model.named_parameters()
        if any(parameter is p for p in group['params'])
    }


def test_equal_settings_share_a_group():
    model, groups = build(flat_decay_mult=0.0)
    assert [(names(model, g), g['weight_decay']) for g in groups] == [
        ({'0.weight', '2.weight'}, 0.1),
        ({'0.bias', '1.weight', '1.bias', '2.bias'}, 0.0),
    ]


def test_custom_keys_and_what_else_they_say():
    model, groups = build(
        custom_keys={'2.': dict(lr_mult=100, decay_mult=0.5, shared=False)},
        bias_decay_mult=0.0,
    )
    assert [
        (names(model, g), g['lr'], g['weight_decay'], g.get('shared')) for g in groups
    ] == [
        ({'0.weight', '1.weight'}, 1.0, 0.1, None),
        ({'0.bias', '1.bias'}, 1.0, 0.0, None),
        ({'2.weight'}, 100.0, 0.05, False),
        ({'2.bias'}, 100.0, 0.0, False),
    ]


def test_every_parameter_is_in_one_group():
    model, groups = build(custom_keys={'0.': dict(lr_mult=2)})
    grouped = [p for g in groups for p in g['params']]
    assert sorted(map(id, grouped)) == sorted(map(id, model.parameters()))


def test_frozen_parameters_are_left_out():
    model = nn.Linear(2, 2)
    model.bias.requires_grad_(False)
    constructor = GroupedOptimWrapperConstructor(
        dict(optimizer=dict(type=torch.optim.SGD, lr=1.0)),
        dict(custom_keys={}, flat_decay_mult=1.0),
    )
    groups = constructor(model).optimizer.param_groups
    assert [len(g['params']) for g in groups] == [1]


def test_a_part_without_parameters_may_be_named():
    model = nn.ModuleDict(dict(adapters=nn.ModuleDict(), clip=nn.Linear(2, 2)))
    constructor = GroupedOptimWrapperConstructor(
        dict(optimizer=dict(type=torch.optim.SGD, lr=1.0)),
        dict(custom_keys=dict(adapters=dict(lr_mult=2))),
    )
    (group,) = constructor(model).optimizer.param_groups
    assert group['lr'] == 1.0 and len(group['params']) == 2


def test_settings_that_match_nothing():
    with pytest.raises(ValueError, match="'adaptors' matches no part of"):
        build(custom_keys=dict(adaptors=dict(lr_mult=2)))
    with pytest.raises(ValueError, match='unknown keys.*norm_decay'):
        build(norm_decay=0.0)


def test_groups_are_named_by_their_keys():
    _, groups = build(
        custom_keys={'2.': dict(lr_mult=100, shared=False), '1.': dict(lr_mult=100)}
    )
    assert sorted(tuple(group['names']) for group in groups) == [
        ('1.',),
        ('2.',),
        ('rest',),
    ]
    _, (both,) = build(custom_keys={f'{n}.': dict(lr_mult=2) for n in range(3)})
    assert both['names'] == ['0.', '1.', '2.']
