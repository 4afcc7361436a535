"""FashionGen's HDF5 files: layout, resuming, memory, and training on them."""

import json
import os
import runpy
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from mmengine.optim import OptimWrapper
from PIL import Image
from torch.optim import AdamW
from torch.utils.data import DataLoader

from famevil_plugin import datasets
from famevil_plugin.command_line import run_tool
from famevil_plugin.datasets.fashion_gen_h5 import SLICE_BYTES
from famevil_plugin.models import FAMEViL, FICHead, SCRHead, XMRHead
from tests.conftest import BACKBONE, TOKENIZER
from tests.warm import start_tool

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools' / 'dataset_converters' / 'fashiongen_h5.py'
tool = SimpleNamespace(**runpy.run_path(str(TOOL)))
WIDTHS = dict(
    input_name=100,
    input_description=400,
    input_brand=50,
    input_category=30,
    input_subcategory=30,
)


def write_h5(path: Path, rows: list[dict[str, Any]], side: int = 32) -> Path:
    """A file of the official schema; a row's pixels are its ``shade``."""
    with h5py.File(path, 'w') as file:
        shades = np.array([row['shade'] for row in rows], np.uint8)
        file['input_image'] = np.broadcast_to(
            shades[:, None, None, None], (len(rows), side, side, 3)
        )
        file['input_productID'] = np.array([[row['id']] for row in rows], np.int32)
        file['input_msrpUSD'] = np.ones((len(rows), 1), np.float32)
        file['index'] = np.arange(len(rows))[:, None]
        for name, width in WIDTHS.items():
            file[name] = np.array(
                [[row.get(name, '').encode('latin-1')] for row in rows], f'S{width}'
            )
    return path


def make_rows(
    products: int, label: str = 'COATS', first: int = 100
) -> list[dict[str, Any]]:
    """Rows of products with one to three views each."""
    return [
        dict(
            id=first + n,
            shade=(40 * n + 9 * view) % 256,
            input_name=f'Caf\xe9 coat {n}',
            input_description=f'Coat in s\xfcde, \xbd lined. Number {n}.',
            input_category='CLOTHING',
            input_subcategory=label,
        )
        for n in range(products)
        for view in range(1 + n % 3)
    ]


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """Both files; the validation has a label of its own."""
    train = make_rows(12)
    for row in train[:1]:
        row['input_description'] = 'x' * 400
    return [
        write_h5(tmp_path / 'train.h5', train),
        write_h5(
            tmp_path / 'validation.h5',
            make_rows(3, first=900) + make_rows(3, 'ANORAKS', 950),
        ),
    ]


def run(sources: list[Path], out: Path, *options: str) -> Path:
    run_tool(partial(tool.main, [*map(str, sources), str(out), *options]))
    return out / 'FashionGen'


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding='utf-8'))


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob('*')
        if path.is_file()
    }


def test_layout(sources, tmp_path, capsys):
    root = run(sources, tmp_path / 'out')
    assert '1 of them in val alone' in capsys.readouterr().out
    assert read(root / 'subcategories.json') == ['ANORAKS', 'COATS']
    assert read(root / 'categories.json') == ['CLOTHING']
    train, val = (read(root / f'{s}_info.json') for s in ('train', 'val'))
    assert [len(product['images']) for product in train] == [1, 2, 3] * 4
    assert train[0]['description'] == 'x' * 400
    assert train[2] == dict(
        images=[f'images/train/102_{view}.jpg' for view in range(3)],
        id=102,
        title='Caf\xe9 coat 2',
        description='Coat in s\xfcde, \xbd lined. Number 2.',
        attributes_id=[],
        category_id=0,
        subcategory_id=1,
    )
    assert [product['subcategory_id'] for product in val] == [1] * 3 + [0] * 3
    for product in train:
        for view, name in enumerate(product['images']):
            photo = np.asarray(Image.open(root / name))
            assert photo.shape == (32, 32, 3)
            shade = (40 * (product['id'] - 100) + 9 * view) % 256
            assert abs(photo.astype(int) - shade).max() <= 1
    assert sum(path.suffix == '.jpg' for path in root.rglob('*')) == 24 + 12


def test_flat_columns_and_compressed_pixels_read_the_same(sources, tmp_path):
    expected = content(run(sources, tmp_path / 'out'))
    for source in sources:
        with h5py.File(source, 'a') as file:
            for name in ('input_productID', 'input_name'):
                flat = file[name][:, 0]
                del file[name]
                file[name] = flat
            pixels = file['input_image'][:]
            del file['input_image']
            file.create_dataset(
                'input_image', data=pixels, chunks=True, compression='gzip'
            )
    found = content(run(sources, tmp_path / 'other'))
    for files in (expected, found):
        del files['conversion.json']  # names the size of the files
    assert found == expected


def test_rows_that_break_a_products_run_or_text(sources, tmp_path, capsys):
    rows = make_rows(3)
    rows.append(rows[1] | dict(input_name='Another'))
    write_h5(sources[0], rows)
    root = run(sources, tmp_path / 'out')
    assert 'train: 1 rows differ in their texts' in capsys.readouterr().out
    product = read(root / 'train_info.json')[1]
    assert product['title'] == 'Caf\xe9 coat 1'
    assert len(product['images']) == 3


def test_killed_anywhere_it_goes_on(sources, tmp_path):
    write_h5(sources[0], make_rows(400), side=64)
    whole = content(run(sources, tmp_path / 'whole'))
    out = tmp_path / 'killed'
    photos = out / 'FashionGen/images/train'
    command = [TOOL, *sources, out, '--jobs', '1']
    for moment in (20, 300):
        process = start_tool(*command, output=tmp_path / 'said')
        while process.is_alive() and len(list(photos.glob('*.jpg'))) < moment:
            time.sleep(0.002)
        process.kill()
        process.join()
        there = content(out / 'FashionGen')
        assert not any(name.endswith('_info.json') for name in there)
        for name, photo in there.items():
            if not Path(name).name.startswith('.'):
                assert photo == whole[name]
    assert len(list(photos.glob('*.jpg'))) < 799
    (photos / '.half.jpg.part').write_bytes(b'half')
    before = {path: path.stat().st_mtime_ns for path in photos.glob('*.jpg')}
    assert content(run(sources, out)) == whole
    assert {path: path.stat().st_mtime_ns for path in before} == before


def peak_memory(arguments):
    """The most memory of a process that converts."""
    # not getrusage: it starts from the peak of the process that forks
    code = (
        f'import runpy; main = runpy.run_path({str(TOOL)!r})["main"]; '
        f'main({arguments}); print(open("/proc/self/status").read())'
    )
    said = subprocess.check_output(
        [sys.executable, '-c', code], text=True, stderr=subprocess.DEVNULL
    )
    return int(said.split('VmHWM:')[1].split()[0]) * 1024


def test_memory_does_not_grow_with_the_file(sources, tmp_path):
    """118 MB of pixels are read with little more than none."""
    peaks = []
    for count in (4, 600):
        rows = make_rows(count)[:count]
        write_h5(sources[0], rows, side=256)
        target = tmp_path / str(count)
        peaks.append(peak_memory([*map(str, sources), str(target)]))
    assert os.path.getsize(sources[0]) > 600 * 256 * 256 * 3
    assert peaks[1] - peaks[0] < 2.6 * SLICE_BYTES


def test_converted_files_train(sources, tmp_path):
    run(sources, tmp_path / 'out')
    tasks = ('xmr', 'scr', 'fic')
    dataset = datasets.MultiTaskDataset(
        {
            task: dict(
                type=datasets.FashionGen,
                data_root=str(tmp_path / 'out'),
                split='train',
                task=task,
                pipeline=[
                    dict(type=datasets.LoadPhotos),
                    dict(type=datasets.AugmentPhotos, size=32),
                    dict(type=datasets.TokenizeText, tokenizer=TOKENIZER),
                    dict(type=datasets.PackFashionInputs),
                ],
            )
            for task in tasks
        }
    )
    model = FAMEViL(
        encoder=dict(backbone=BACKBONE, task_bottleneck=4, cross_bottleneck=4),
        heads=dict(
            xmr=dict(type=XMRHead),
            scr=dict(type=SCRHead),
            fic=dict(type=FICHead, tokenizer=TOKENIZER),
        ),
    )
    optim = OptimWrapper(AdamW(model.parameters(), lr=1e-3))
    sampler = datasets.TaskSampler(dataset, 4, seed=0, schedule='round_robin')
    loader = iter(
        DataLoader(
            dataset, batch_size=4, sampler=sampler, collate_fn=datasets.collate_batch
        )
    )
    for _ in range(2 * len(tasks)):
        losses = model.train_step(next(loader), optim)
        assert all(value.isfinite() for value in losses.values())


@pytest.mark.parametrize(
    'name',
    [
        'input_image',
        'input_productID',
        'input_name',
        'input_description',
        'input_category',
        'input_subcategory',
    ],
)
def test_a_missing_field_is_named(sources, tmp_path, name):
    with h5py.File(sources[1], 'a') as file:
        del file[name]
    with pytest.raises(
        SystemExit, match=f"validation.h5 lacks .*'{name}': it holds index, "
    ):
        run(sources, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(
    ('name', 'value', 'message'),
    [
        ('input_image', np.zeros((36, 8, 8), np.uint8), r'got uint8 of \(36, 8'),
        ('input_image', np.zeros((36, 8, 8, 3)), 'got float64 of'),
        ('input_productID', np.zeros((24, 1)), 'must hold integers, got float64'),
        ('input_name', np.zeros((24, 1), np.int8), 'must hold bytes .*, got int8'),
        ('input_name', np.zeros((9, 1), 'S9'), r'each of the 24 .* got \(9, 1\)'),
    ],
)
def test_a_wrong_field_is_named(sources, tmp_path, name, value, message):
    with h5py.File(sources[0], 'a') as file:
        del file[name]
        file[name] = value
    with pytest.raises(SystemExit, match=f'train.h5: .*{message}'):
        run(sources, tmp_path / 'out')


def test_files_that_are_none(sources, tmp_path):
    whole = sources[0].read_bytes()
    for broken in (b'', b'no HDF5', whole[: len(whole) // 2]):
        sources[0].write_bytes(broken)
        with pytest.raises(SystemExit, match='train.h5 is no whole HDF5 file'):
            run(sources, tmp_path / 'out')
    sources[0].unlink()
    with pytest.raises(SystemExit, match='no file .*train.h5'):
        run(sources, tmp_path / 'out')


def test_it_goes_on_with_nothing_else(sources, tmp_path):
    root = run(sources, tmp_path / 'out')
    before = content(root)
    with pytest.raises(
        SystemExit, match=r'begun otherwise \(quality: expected 95, got 50\)'
    ):
        run(sources, tmp_path / 'out', '--quality', '50')
    with pytest.raises(SystemExit, match="train: .*'rows': 24.* choose another"):
        run(sources[::-1], tmp_path / 'out')
    with pytest.raises(SystemExit, match='is given for training and for validation'):
        run([sources[1], sources[1]], tmp_path / 'new')
    assert not (tmp_path / 'new').exists()
    assert content(root) == before
    other = tmp_path / 'other' / 'FashionGen'
    other.mkdir(parents=True)
    (other / 'train_info.json').write_text('[]')
    with pytest.raises(SystemExit, match='that this tool did not write'):
        run(sources, tmp_path / 'other')
    assert content(other) == {'train_info.json': b'[]'}


def test_says_what_to_install(sources, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'h5py', None)
    with pytest.raises(SystemExit, match='needs h5py: pip install h5py'):
        run(sources, tmp_path / 'out')
