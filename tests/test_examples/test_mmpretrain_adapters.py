"""mmpretrain's own tools train, resume and test adapters in its transformer."""

import json
import os
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from PIL import Image

from famevil_plugin.datasets.mini_fashion.catalogue import ATTRIBUTE_IDS
from famevil_plugin.models.backbone import build_backbone
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
EXAMPLE = ROOT / 'examples' / 'mmpretrain_adapters'
TOOLS = Path(find_spec('mmpretrain').origin).parent / '.mim' / 'tools'
PRETRAINED = 'model.backbone.module.init_cfg.checkpoint=pretrained/iter_{}.pth '


def settings(loader: str) -> str:
    """A loader without workers, which start slowly."""
    return (
        f'{loader}.num_workers=0 {loader}.pin_memory=False '
        f'{loader}.persistent_workers=False '
    )


FEW = (
    '--cfg-options default_hooks.checkpoint.interval=2 train_cfg.val_interval=4 '
    f'train_dataloader.batch_size=4 {settings("train_dataloader")}'
)
BOTH = 'val_dataloader.persistent_workers=False ' + ''.join(
    settings(f'val_dataloader.{task}') for task in ('colour', 'pattern')
)
TEST = '--cfg-options ' + BOTH.replace('val_', 'test_')
COMMANDS = [
    f'train.py pretrain.py --work-dir pretrained {FEW}{settings("val_dataloader")}'
    'train_cfg.max_iters=4',
    f'train.py adapters.py --work-dir adapters {FEW}{BOTH}{PRETRAINED.format(4)}'
    'train_cfg.max_iters=2',
    f'train.py adapters.py --work-dir adapters --resume {FEW}{BOTH}'
    f'{PRETRAINED.format(4)}train_cfg.max_iters=8',
    f'test.py adapters.py adapters/iter_8.pth --work-dir tested --out tested.json '
    f'--out-item metrics {TEST}{PRETRAINED.format(4)}',
    # another transformer than the adapters were trained in
    f'test.py adapters.py adapters/iter_8.pth --work-dir other {TEST}'
    f'{PRETRAINED.format(2)}',
]
# one process for all of them, as each would import mmpretrain
RUN = """
import runpy, sys, traceback
for line in sys.stdin.read().splitlines():
    print('>', line, flush=True)
    sys.argv = line.split()
    try:
        runpy.run_path(sys.argv[0], run_name='__main__')
    except ValueError:
        traceback.print_exc(file=sys.stdout)
"""


def vit_weights() -> dict[str, torch.Tensor]:
    """The small CLIP's, by mmpretrain's names."""
    return runpy.run_path(str(EXAMPLE / 'small_clip.py'))['vit_weights']()


def write_products(folder: Path) -> None:
    """A few products in FashionGen's layout, whose photos are of one colour."""
    (folder / 'images').mkdir(parents=True)
    for split, count in (('train', 12), ('val', 6)):
        products = []
        for number in range(count):
            photo = f'images/{split}_{number}.jpg'
            Image.new('RGB', (64, 64), (20 * number, 80, 120)).save(folder / photo)
            looks = [('colour', 'red'), ('colour', 'navy'), ('pattern', 'floral')]
            products.append(
                dict(
                    images=[photo],
                    subcategory_id=number,
                    attributes_id=[ATTRIBUTE_IDS[look] for look in looks[number % 2 :]],
                )
            )
        (folder / f'{split}_info.json').write_text(json.dumps(products))


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the commands ran."""
    folder = tmp_path_factory.mktemp('mmpretrain')
    data = folder / 'data' / 'mini_fashion' / 'FashionGen'
    write_products(data)
    runpy.run_path(str(EXAMPLE / 'annotations.py'))['write_annotations'](data)
    (folder / 'work_dirs').mkdir()
    torch.save(vit_weights(), folder / 'work_dirs' / 'small_clip_vit.pth')
    lines = []
    for command in COMMANDS:
        tool, config, rest = command.split(' ', 2)
        lines.append(f'{TOOLS / tool} {EXAMPLE / config} {rest}')
    done = subprocess.run(
        [sys.executable, '-c', RUN],
        input='\n'.join(lines),
        env=os.environ | dict(PYTHONPATH=f'{ROOT}:{EXAMPLE}', CUDA_VISIBLE_DEVICES=''),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    (folder / 'said').write_text(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


def said(folder: Path, command: int) -> str:
    """What a command said."""
    return (folder / 'said').read_text().split('\n> ')[command]


def weights(path: Path) -> dict[str, torch.Tensor]:
    """A checkpoint's."""
    return torch.load(path, weights_only=False)['state_dict']


def test_adapters_alone_learn_and_are_saved(folder):
    first, last = (weights(folder / f'adapters/iter_{n}.pth') for n in (2, 8))
    for name, weight in last.items():
        kind = name.split('.')[1]
        assert kind in ('task_adapters', 'heads'), name
        if name.endswith('up.weight') or kind == 'heads':
            assert not torch.equal(weight, first[name]), name
        if name.endswith('up.weight'):
            assert weight.any() and ('colour' in name or 'pattern' in name)
    share = runpy.run_path(str(EXAMPLE / 'share.py'))['adapters_share']
    paths = [folder / name for name in ('adapters/iter_8.pth', 'pretrained/iter_4.pth')]
    assert 0 < share(*paths) < 0.05


def test_the_pretraining_begins_as_the_small_clip(folder):
    assert 'load model from: work_dirs/small_clip_vit.pth' in said(folder, 0)


def test_resumes(folder):
    assert 'iter_2.pth' in said(folder, 2) and 'resumed epoch' in said(folder, 2)
    assert 'do not match' not in said(folder, 2)
    assert not (folder / 'adapters/iter_0.pth').exists()


def test_tests_as_the_training_validated(folder):
    tested = json.loads((folder / 'tested.json').read_text())
    assert set(tested) == {'colour/accuracy/top1', 'pattern/accuracy/top1', 'mean'}
    for task in ('colour', 'pattern'):
        score = f'{task}/accuracy/top1: {tested[f"{task}/accuracy/top1"]:.4f}'
        assert score in said(folder, 2).splitlines()[-1]


def test_refuses_another_transformer(folder):
    assert 'trained in another VisionTransformer' in said(folder, 4)


def test_the_transformer_is_the_small_clips():
    """It has the images' embeddings that open_clip computes."""
    from mmpretrain.models import VisionTransformer

    settings = dict(Config.fromfile(EXAMPLE / 'base.py').vit)
    del settings['type']
    vit = VisionTransformer(**settings)
    vit.eval()
    vit.load_state_dict(vit_weights())
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task.py')
    clip = build_backbone(config.model.encoder.backbone, 'small_clip').eval()
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        (found,) = vit(images)
        torch.testing.assert_close(
            found @ clip.visual.proj, clip.encode_image(images), rtol=0, atol=1e-4
        )
