"""TSA in the transformers of mmpretrain, timm, torchvision and open_clip."""

import copy
import re
from functools import partial

import pytest
import torch
from mmengine.model import BaseModule, ExponentialMovingAverage
from mmengine.registry import DefaultScope
from mmengine.runner.checkpoint import get_state_dict, load_state_dict, weights_to_cpu
from torch import distributed, multiprocessing, nn
from torch.utils.checkpoint import checkpoint

from famevil_plugin.engine import TaskDistributedDataParallel
from famevil_plugin.models import TaskSpecificAdapter, add_task_adapters, batch_task
from famevil_plugin.models.backbone import build_backbone
from famevil_plugin.registry import MODELS
from tests.conftest import BACKBONE

from .conftest import perturb_weights

TASKS = ('colour', 'shape')
RESBLOCKS = r'transformer\.resblocks\.\d+'


def mmpretrain_vit():
    from mmpretrain.models import VisionTransformer

    return VisionTransformer(
        arch=dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32),
        img_size=32,
        patch_size=8,
        layer_scale_init_value=0.5,
    )


def timm_vit():
    import timm

    # what comes behind the MLP does not scale the adapters
    return timm.create_model(
        'vit_tiny_patch16_224',
        img_size=32,
        patch_size=8,
        embed_dim=16,
        depth=2,
        num_heads=2,
        num_classes=5,
        init_values=0.5,
        drop_path_rate=0.5,
    )


def torchvision_vit():
    from torchvision.models import VisionTransformer

    return VisionTransformer(32, 8, 2, 2, 16, 32)


def open_clip_tower():
    return build_backbone(BACKBONE).visual


HOSTS = {
    'mmpretrain': (mmpretrain_vit, r'layers\.\d+'),
    'timm': (timm_vit, r'blocks\.\d+'),
    'torchvision': (torchvision_vit, r'encoder\.layers\.encoder_layer_\d+'),
    'open_clip': (open_clip_tower, RESBLOCKS),
}


def plain_vit(library: str) -> nn.Module:
    torch.manual_seed(0)
    host = HOSTS[library][0]()
    for weight in host.parameters():  # torchvision's head begins at zero
        nn.init.normal_(weight, std=0.3)
    host.eval()  # mmpretrain's gives None
    return host


def build(library: str, **settings) -> nn.Module:
    layers = HOSTS[library][1]
    return add_task_adapters(
        plain_vit(library), TASKS, layers, bottleneck=4, **settings
    )


def features(output):
    return output[-1] if isinstance(output, tuple) else output


@pytest.fixture(params=HOSTS)
def library(request):
    return request.param


@pytest.fixture
def vit():
    """A small transformer whose adapters add something."""
    host = build('torchvision')
    perturb_weights(host.task_adapters)
    return host


def test_zero_at_the_first_step(library, images):
    plain = plain_vit(library)
    expected = features(plain(images))
    host = build(library)
    assert type(host) is type(plain)
    for task in TASKS:
        assert torch.equal(features(host(images, task=task)), expected)
    assert plain.state_dict().keys() < host.state_dict().keys()
    host.load_state_dict(plain.state_dict(), strict=False)


def test_adds_tsa_of_the_state_before_the_mlp(library, images):
    host = build(library)
    perturb_weights(host.task_adapters)
    _, layers = HOSTS[library]
    blocks = [m for n, m in host.named_modules() if re.fullmatch(layers, n)]
    plain = plain_vit(library)
    plain.load_state_dict(host.state_dict(), strict=False)
    bare = [m for n, m in plain.named_modules() if re.fullmatch(layers, n)]
    seen = []
    for block in blocks:
        block.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
        block.register_forward_hook(lambda *passed: seen.append(passed[2]))
    host(images, task='shape')
    assert len(seen) == 2 * len(blocks)
    for number, block in enumerate(bare):
        x, out = seen[2 * number : 2 * number + 2]
        state = []
        norms = [m for n, m in block.named_children() if 'Norm' in type(m).__name__]
        norms[-1].register_forward_pre_hook(lambda _, args: state.append(args[0]))
        expected = block(x)
        (adapter,) = host.task_adapters[number].banks['shape']
        expected = expected + adapter(state[0])
        torch.testing.assert_close(out, expected)


def test_each_batch_has_its_task(vit, images):
    plain = plain_vit('torchvision')
    plain.load_state_dict(vit.state_dict(), strict=False)
    colour, shape = (vit(images, task=task) for task in TASKS)
    assert not torch.allclose(colour, plain(images))
    assert not torch.allclose(colour, shape)
    with batch_task('shape'):
        assert torch.equal(vit(images), shape)
        assert torch.equal(vit(images, task='colour'), colour)
    colour.sum().backward()
    banks = vit.task_adapters[0].banks
    assert banks['colour'][0].up.weight.grad.any()
    assert banks['shape'][0].up.weight.grad is None


def test_no_task_survives_its_batch(vit, images):
    vit(images, task='colour')
    with pytest.raises(ValueError, match='which of the tasks colour, shape .*task=...'):
        vit(images)
    tokens = vit._process_input(images)
    tokens = torch.cat([vit.class_token.expand(3, -1, -1), tokens], 1)
    with pytest.raises(ValueError, match='a layer was called past the transformer'):
        vit.encoder(tokens)
    with torch.no_grad():
        vit(images, task='colour')
    with pytest.raises(ValueError, match='a layer was called past the transformer'):
        vit.encoder(tokens)
    with pytest.raises(ValueError, match="no adapters for task 'size'"):
        vit(images, task='size')


def test_a_single_task_needs_no_name(images):
    host = add_task_adapters(
        plain_vit('torchvision'), ['only'], HOSTS['torchvision'][1]
    )
    assert torch.equal(host(images), host(images, task='only'))


def test_other_kinds_of_adapter(images):
    class Shift(nn.Module):
        def __init__(self, tasks, width, layers, by):
            super().__init__()
            assert layers == 1
            self.shift = nn.ParameterDict(
                {task: nn.Parameter(by * torch.ones(width)) for task in tasks}
            )

        def forward(self, task, layer, x):
            return self.shift[task].expand_as(x)

    host = build('mmpretrain', task_adapter=dict(type=Shift, by=2.0))
    assert host.task_adapters[1].shift['shape'].tolist() == [2.0] * 16
    host(images, task='shape')


def test_the_towers_of_a_whole_clip(images, tokens):
    clip = build_backbone(BACKBONE).eval()
    expected = clip.encode_image(images), clip.encode_text(tokens)
    for tower in (clip.visual, clip.text):
        add_task_adapters(tower, ['xmr', 'tgir'], RESBLOCKS)
    with batch_task('tgir'):
        found = clip.encode_image(images), clip.encode_text(tokens)
    assert all(map(torch.equal, found, expected))
    assert clip.text.task_adapters[0].banks['xmr'][0].norm.weight.numel() == 20


def test_layers_of_unequal_width(images):
    from mmpretrain.models import SwinTransformer

    swin = SwinTransformer(
        arch=dict(embed_dims=8, depths=[1, 1], num_heads=[1, 2]),
        img_size=32,
        patch_size=4,
        window_size=4,
        out_indices=(0, 1),
    )
    swin.eval()
    expected = swin(images)[-1]
    add_task_adapters(swin, TASKS, r'stages\.\d+\.blocks\.\d+', bottleneck=4)
    assert torch.equal(swin(images, task='shape')[-1], expected)
    widths = [a.banks['shape'][0].norm.weight.numel() for a in swin.task_adapters]
    assert widths == [8, 16]


def test_frozen_transformer(images):
    host = build('mmpretrain', freeze=True)
    trained = {n for n, p in host.named_parameters() if p.requires_grad}
    assert trained == {
        n for n, _ in host.named_parameters() if n.startswith('task_adapters.')
    }
    host(images, task='colour')[0].sum().backward()
    assert host.task_adapters[0].banks['colour'][0].up.weight.grad.any()


@pytest.mark.parametrize(
    'state_dict', [nn.Module.state_dict, get_state_dict], ids=['torch', 'mmengine']
)
@pytest.mark.parametrize(
    'load',
    [nn.Module.load_state_dict, partial(load_state_dict, strict=True)],
    ids=['torch', 'mmengine'],
)
def test_checkpoints_of_adapters_alone(images, state_dict, load):
    host = build('mmpretrain', freeze=True, adapters_only=True)
    model = nn.ModuleDict(dict(backbone=host, head=nn.Linear(16, 3)))
    perturb_weights(host.task_adapters)
    weights = weights_to_cpu(state_dict(model))
    assert {name.split('.')[0] for name in weights} == {'backbone', 'head'}
    assert all(n.split('.')[1] == 'task_adapters' for n in weights if 'back' in n)

    again = build('mmpretrain', freeze=True, adapters_only=True)
    load(nn.ModuleDict(dict(backbone=again, head=nn.Linear(16, 3))), weights)
    assert torch.equal(*(h(images, task='shape')[0] for h in (host, again)))
    # one that keeps whole checkpoints takes the adapters, too, and gives all
    whole = build('mmpretrain')
    load(nn.ModuleDict(dict(backbone=whole, head=nn.Linear(16, 3))), weights)
    everything = state_dict(whole)
    assert everything['layers.0.ln1.weight'].shape == (16,)
    load(again, everything)
    assert torch.equal(*(h(images, task='shape')[0] for h in (host, again)))

    nn.init.normal_(again.cls_token)
    with pytest.raises(ValueError, match='trained in another VisionTransformer'):
        load(nn.ModuleDict(dict(backbone=again, head=nn.Linear(16, 3))), weights)


def test_weights_that_train_are_saved():
    with pytest.raises(ValueError, match='set freeze=True'):
        build('torchvision', adapters_only=True)


def test_copies_have_adapters_of_their_own(vit, images):
    expected = vit(images, task='shape')
    twin = copy.deepcopy(vit)
    average = ExponentialMovingAverage(vit)
    for parameter in vit.task_adapters.parameters():
        nn.init.constant_(parameter, 0.3)
    assert not torch.allclose(vit(images, task='shape'), expected)
    assert torch.equal(twin(images, task='shape'), expected)
    torch.testing.assert_close(average(images, task='shape'), expected)
    twin(images, task='colour').sum().backward()
    assert twin.task_adapters[0].banks['colour'][0].up.weight.grad is not None
    assert vit.task_adapters[0].banks['colour'][0].up.weight.grad is None
    # and of their own weights in checkpoints
    average.load_state_dict(average.state_dict())


class Recomputed(nn.Module):
    """A layer that runs again in the backward pass."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return checkpoint(self.layer, x, use_reentrant=False)


def test_activation_checkpointing(vit, images):
    def gradients(host):
        with batch_task('shape'):
            loss = host(images).square().sum()
        loss.backward()
        return [p.grad for p in host.parameters()]

    recomputed = copy.deepcopy(vit)
    recomputed.encoder.layers = nn.Sequential(
        *map(Recomputed, recomputed.encoder.layers)
    )
    for own, other in zip(gradients(vit), gradients(recomputed), strict=True):
        assert (own is None) == (other is None)
        assert own is None or torch.equal(own, other)


def gradients_of_both_tasks(model: nn.Module, images: torch.Tensor) -> None:
    for task in TASKS:
        model(images, task=task).square().mean().backward()


def run_rank(rank, folder):
    """One of two processes, with its half of the batch."""
    torch.set_num_threads(1)
    distributed.init_process_group(
        'gloo', f'file://{folder}/meeting', rank=rank, world_size=2
    )
    host = build('torchvision', freeze=True)
    perturb_weights(host.task_adapters)
    images = torch.load(folder / 'images.pth').chunk(2)[rank]
    gradients_of_both_tasks(TaskDistributedDataParallel(host), images)
    grads = [parameter.grad for parameter in host.task_adapters.parameters()]
    torch.save(grads, folder / f'{rank}.pth')
    distributed.destroy_process_group()


@pytest.mark.slow
def test_two_processes_are_one(tmp_path, monkeypatch):
    images = torch.randn(4, 3, 32, 32)
    torch.save(images, tmp_path / 'images.pth')
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    multiprocessing.spawn(run_rank, (tmp_path,), nprocs=2)
    host = build('torchvision', freeze=True)
    perturb_weights(host.task_adapters)
    gradients_of_both_tasks(host, images)
    expected = [parameter.grad for parameter in host.task_adapters.parameters()]
    for rank in range(2):
        found = torch.load(tmp_path / f'{rank}.pth')
        torch.testing.assert_close(found, expected)


@pytest.mark.slow
def test_compiles_to_one_graph_a_task(vit, images):
    compiled = torch.compile(vit, backend='eager', fullgraph=True)
    for task in (*TASKS, 'colour'):
        assert torch.equal(compiled(images, task=task), vit(images, task=task))


def test_built_from_another_scope(images):
    config = dict(
        type='famevil_plugin.TaskAdapters',
        module=dict(
            type='VisionTransformer',
            arch=dict(
                embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32
            ),
            img_size=32,
            patch_size=8,
            init_cfg=dict(type='Constant', layer='Linear', val=0.25),
        ),
        tasks=TASKS,
        layers=r'layers\.\d+',
        bottleneck=4,
    )
    from mmpretrain.registry import MODELS as THEIRS

    with DefaultScope.overwrite_default_scope('mmpretrain'):
        host = THEIRS.build(config)
    assert isinstance(host, BaseModule) and host.is_init
    assert host.layers[0].attn.proj.weight.unique().tolist() == [0.25]
    assert not host.task_adapters[0].banks['shape'][0].up.weight.any()
    assert MODELS.get('famevil_plugin.TaskAdapters') is add_task_adapters
    assert isinstance(host.task_adapters[0], TaskSpecificAdapter)


def test_patterns_that_match_nothing():
    with pytest.raises(ValueError) as error:
        add_task_adapters(torchvision_vit(), TASKS, r'blocks\.\d+')
    assert (
        "layers='blocks\\\\.\\\\d+' matches no module of VisionTransformer: it has "
        r"r'encoder\.layers\.encoder_layer_\d+' (2 EncoderBlock)"
    ) in str(error.value)
    with pytest.raises(ValueError, match='it has no layer with a norm .*, only 0, 1'):
        add_task_adapters(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), TASKS, 'x')
    layers = nn.Sequential(PostNorm(pre_norm_order=True))
    with pytest.raises(ValueError, match='a Sequential calls all its children'):
        add_task_adapters(layers, TASKS, '0')
    host = build('torchvision')
    with pytest.raises(ValueError, match='has task_adapters already'):
        add_task_adapters(host, TASKS, HOSTS['torchvision'][1])


class PostNorm(nn.Module):
    """``norm(x + mlp(x))``, whose parts stand in pre-norm order or not."""

    def __init__(self, pre_norm_order: bool) -> None:
        super().__init__()
        parts = dict(norm=nn.LayerNorm(4), mlp=nn.Linear(4, 4))
        for name in parts if pre_norm_order else reversed(parts):
            self.add_module(name, parts[name])

    def forward(self, x):
        return self.norm(x + self.mlp(x))


class One(nn.Module):
    """A transformer of a single layer."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)


def test_layers_that_are_not_pre_norm():
    host = One(PostNorm(pre_norm_order=False))
    with pytest.raises(
        ValueError, match=r'no norm of layer \(PostNorm\) pairs .*mlp \(Linear\), norm'
    ):
        add_task_adapters(host, TASKS, 'layer')
    with pytest.raises(ValueError, match='no norm of layer .*norm=... and mlp=...'):
        add_task_adapters(host, TASKS, 'layer', norm='ln', mlp='mlp')
    for other, settings in (
        (One(PostNorm(pre_norm_order=True)), {}),
        (host, dict(norm='norm', mlp='mlp')),
    ):
        add_task_adapters(other, TASKS, 'layer', **settings)
        with pytest.raises(
            ValueError, match=r'layer layer does not compute .* does not re'
        ):
            other(torch.rand(2, 3, 4), task='shape')


def test_a_layer_that_leaves_its_norm_out():
    class Bare(PostNorm):
        def forward(self, x):
            return x

    host = add_task_adapters(One(Bare(True)), TASKS, 'layer')
    with pytest.raises(ValueError, match='layer layer .*its norm was not called'):
        host(torch.rand(2, 3, 4), task='shape')
