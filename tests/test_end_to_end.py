"""The tools, on a few products: train, test, resume, two processes."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from open_clip.model import CLIP
from PIL import Image
from safetensors.torch import save_file
from torch.nn.functional import normalize

from famevil_plugin.evaluation.predictions import read_predictions
from famevil_plugin.tokenizer import build_tokenizer

from .conftest import BACKBONE, ROOT, TOKENIZER, draw_few
from .hostile_files import HOSTILE, Command
from .sharded_runs import NEEDS_FSDP2
from .warm import call_tool

STEPS = 8
# a narrow model, and neither Java nor worker processes
OPTIONS = [
    'pretrained=None',
    'model.encoder.backbone.vision_cfg.width=32',
    'model.encoder.backbone.text_cfg.width=32',
    'model.encoder.backbone.vision_cfg.layers=2',
    'model.encoder.backbone.text_cfg.layers=1',
    'model.encoder.backbone.text_cfg.heads=1',
    'model.heads.fic.max_length=12',
    f'train_cfg.max_iters={STEPS}',
    f'train_cfg.val_interval={STEPS}',
    'default_hooks.checkpoint.interval=4',
    'default_hooks.logger.interval=1',
    'train_dataloader.num_workers=0',
    'train_dataloader.batch_size=8',
    'train_dataloader.sampler.schedule=round_robin',
    *(
        f'{mode}_evaluator.fic.0.{option}'
        for mode in ('val', 'test')
        for option in ('scores=["BLEU-4","CIDEr"]', 'tokenizer=regex')
    ),
]


@pytest.fixture(scope='module')
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MiniFashion with a few products."""
    return draw_few(tmp_path_factory, 24, 13, 12, 9, 16, 5)


ENVIRONMENT = os.environ | dict(
    PYTHONPATH=str(ROOT),
    OMP_NUM_THREADS='1',
    PATH=f'{Path(sys.executable).parent}:{os.environ["PATH"]}',
)


IN_REPOSITORY: dict[str, Any] = dict(
    cwd=ROOT,
    env=ENVIRONMENT,
    text=True,
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
)


def call(*command: str | Path, ok: bool = True) -> str:
    """Run a command in the repository and return what it said; ``python``
    has imported PyTorch before."""
    if command[0] == 'python':
        with tempfile.TemporaryDirectory() as folder:
            return call_tool(*command[1:], output=Path(folder) / 'said', ok=ok)
    result = subprocess.run(
        [str(part) for part in command], timeout=900, **IN_REPOSITORY
    )
    assert (result.returncode == 0) == ok, result.stdout[-5000:]
    return result.stdout


def evaluate(run: Path, work_dir: Path, *options: str | Path) -> str:
    """Test the last checkpoint of a run."""
    checkpoint = run / f'iter_{STEPS}.pth'
    config = ('tools/test.py', 'configs/famevil_4task.py', checkpoint)
    return call('python', *config, '--work-dir', work_dir, *options)


def options(data: Path, *more: str) -> list[str]:
    return ['--cfg-options', f'data_root={data}', *OPTIONS, *more]


def train(
    data: Path,
    work_dir: Path,
    *args: str,
    more: tuple[str, ...] = (),
    ok: bool = True,
    python: str = 'python',
) -> str:
    return call(
        python,
        'tools/train.py',
        'configs/famevil_4task.py',
        '--work-dir',
        work_dir,
        *args,
        *options(data, *more),
        ok=ok,
    )


def summary(work_dir: Path, name: str = 'summary.json') -> dict:
    return json.loads((work_dir / name).read_text())


def scores(summary: dict) -> dict:
    return {
        task: {k: v for k, v in summary[task].items() if isinstance(v, float)}
        for task in ('xmr', 'tgir', 'scr', 'fic')
    }


def losses(work_dir: Path) -> dict[int, float]:
    """The logged loss of each step, over all the folder's runs."""
    found = {}
    for file in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in file.read_text().splitlines():
            entry = json.loads(line)
            if 'loss' in entry:
                found[entry['step']] = entry['loss']
    return found


def weights(work_dir: Path) -> dict[str, torch.Tensor]:
    return torch.load(work_dir / f'iter_{STEPS}.pth', weights_only=False)['state_dict']


def warnings(said: str) -> list[str]:
    """Those in a command's output, but for a text of the few that is cut."""
    return [
        line
        for line in said.splitlines()
        if 'warn' in line.lower() and 'texts are cut at 64 tokens' not in line
    ]


@pytest.fixture(scope='module')
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work folder of one whole run."""
    work_dir = tmp_path_factory.mktemp('run')
    said = train(data, work_dir, python=sys.executable)
    assert 'eta:' in said
    before = said[: said.index('Iter(train)')].splitlines()
    assert len(before) <= 40
    assert not warnings(said)
    assert any(line.split()[:2] == ['weights', 'random'] for line in before)
    assert 'XMR         TGIR          SCR          FIC         mean' in said
    return work_dir


def test_what_a_run_leaves(run):
    left = summary(run)
    assert set(left) >= {
        'xmr',
        'tgir',
        'scr',
        'fic',
        'mean',
        'seed',
        'versions',
        'duration_s',
        'training_s',
        'validation_s',
        'iterations',
    }
    assert 0 < left['training_s'] + left['validation_s'] < left['duration_s']
    assert 0 < left['training_s'] and 0 < left['validation_s']
    assert 'kind' in left['fic']['attributes']['references']
    assert left['fic']['attributes']['protocol'] == 'named-attributes'
    assert 0 <= left['fic']['attributes/kind'] <= 100
    (log,) = run.glob('*/*.log')
    assert 'System environment' in log.read_text() and 'Hooks will' in log.read_text()
    assert left['iterations'] == STEPS
    means = [left[task]['mean'] for task in ('xmr', 'tgir', 'scr', 'fic')]
    assert left['mean'] == pytest.approx(sum(means) / 4)
    for task in ('xmr', 'tgir', 'scr', 'fic'):
        assert left[task]['protocol']
        assert left[task]['chance']['mean'] >= 0
    assert left['tgir']['gallery']
    pictures = {
        p.parent.name + '/' + p.name if p.parent.name in left else p.name
        for p in run.rglob('*.png')
    }
    for part in ('text_to_image', 'image_to_text', 'scr', 'fic', 'tgir'):
        assert any(part in name for name in pictures), pictures
    assert list(run.rglob('events.out.tfevents.*'))
    assert sorted(p.name for p in run.glob('*.pth')) == ['iter_4.pth', 'iter_8.pth']
    assert len(losses(run)) == STEPS


def test_testing_gives_the_trained_scores(run, data, tmp_path):
    """Without the training data."""
    data = shutil.copytree(data, tmp_path / 'data')
    (data / 'FashionGen/train_info.json').unlink()
    for file in data.glob('FashionIQ/captions/*train*'):
        file.unlink()
    out, dumped = tmp_path / 'scores.json', tmp_path / 'dumped'
    evaluate(run, tmp_path, '--out', out, '--dump', dumped, *options(data))
    tested = summary(tmp_path, 'scores.json')
    for task, expected in scores(summary(run)).items():
        assert scores(tested)[task] == pytest.approx(expected, abs=1e-4)
    # again without the model: the same to the last digit
    rescore = [
        'python',
        'tools/analysis_tools/eval_metric.py',
        'configs/famevil_4task.py',
        dumped,
        '--out',
    ]
    call(*rescore, tmp_path / 'again.json', *options(data))
    again = summary(tmp_path, 'again.json')
    assert again == {key: tested[key] for key in again}
    said = call(
        *rescore,
        tmp_path / 'other.json',
        *options(
            data,
            'test_evaluator.xmr.protocol=random-100',
            'test_evaluator.tgir.protocol=val',
        ),
    )
    assert '(protocol random-100)' in said and '(protocol val)' in said
    other = summary(tmp_path, 'other.json')
    assert other['scr'] == again['scr'] and other['tgir'] != again['tgir']
    said = call(*rescore, tmp_path / 'two.json', '--tasks', 'scr', 'xmr')
    assert 'not used: the predictions of tgir, fic' in said
    two = summary(tmp_path, 'two.json')
    assert set(two) == {'xmr', 'scr', 'mean'}
    assert two['scr'] == again['scr'] and two['xmr'] == again['xmr']


def test_a_model_of_four_tasks_serves_one(run, data, tmp_path):
    own = [option for option in options(data) if '.fic.' not in option]
    said = evaluate(run, tmp_path, '--tasks', 'tgir', *own)
    assert 'weights of the checkpoint, which are of xmr, scr, fic' in said
    assert 'unexpected key' not in said
    tested = summary(tmp_path, 'test_summary.json')
    expected = {'tgir': scores(summary(run))['tgir']}
    assert {'tgir': {k: tested['tgir'][k] for k in expected['tgir']}} == {
        'tgir': pytest.approx(expected['tgir'], abs=1e-4)
    }
    assert set(tested).isdisjoint({'xmr', 'scr', 'fic'})


def test_a_shop_without_triplets(run, data, tmp_path):
    """Trains, from four tasks, and evaluates what it has, by the same options."""
    shop = tmp_path / 'shop'
    shop.mkdir()
    (shop / 'FashionGen').symlink_to(data / 'FashionGen')
    said = train(
        shop,
        tmp_path / 'run',
        more=(f'load_from={run}/iter_{STEPS}.pth', 'train_cfg.max_iters=3'),
    )
    left_out = f"left out: tgir: no triplets of 'train' in {shop}/FashionIQ/captions"
    assert left_out in said
    assert 'which are of tgir' in said and 'xmr/loss' in said and 'fic/loss' in said
    assert 'tgir/loss' not in said
    found = summary(tmp_path / 'run')
    assert {'xmr', 'scr', 'fic'} <= set(found) and 'tgir' not in found
    assert list(found['left_out']) == ['tgir']
    said = evaluate(run, tmp_path, *options(shop))
    assert 'which are of tgir' in said
    assert list(summary(tmp_path, 'test_summary.json')['left_out']) == ['tgir']
    # a model of the three starts one of four
    said = train(
        data,
        tmp_path / 'four',
        '--no-validate',
        more=(f'load_from={tmp_path}/run/iter_3.pth', 'train_cfg.max_iters=2'),
    )
    assert 'weights of tgir, which the checkpoint has not' in said


def as_coco(data: Path, root: Path) -> Path:
    """MiniFashion's products in COCO's layout, with two captions each."""
    for split in ('train', 'val'):
        products = json.loads((data / f'FashionGen/{split}_info.json').read_text())
        photos = {product['id']: product['images'][0] for product in products}
        (root / split).mkdir(parents=True)
        for number, photo in photos.items():
            shutil.copy(data / 'FashionGen' / photo, root / f'{split}/{number}.jpg')
        content = dict(
            images=[dict(id=n, file_name=f'{n}.jpg') for n in photos],
            annotations=[
                dict(id=2 * place + way, image_id=product['id'], caption=product[text])
                for place, product in enumerate(products)
                for way, text in enumerate(('title', 'description'))
            ],
        )
        (root / 'annotations').mkdir(exist_ok=True)
        file = root / f'annotations/captions_{split}.json'
        file.write_text(json.dumps(content))
    return root


def test_captions_in_cocos_format(data, tmp_path):
    """As docs/own_catalogue.md types it."""
    coco = as_coco(data, tmp_path / 'coco')
    config, run = 'configs/famevil_coco.py', tmp_path / 'run'
    own = options(coco, 'train_cfg.max_iters=2', 'train_cfg.val_interval=2')
    said = call('python', 'tools/train.py', config, '--work-dir', run, *own)
    assert 'tasks that the data serve: xmr (24), fic (24)' in said
    found = summary(run)
    assert set(found) & {'xmr', 'tgir', 'scr', 'fic'} == {'xmr', 'fic'}
    assert found['fic']['protocol'].endswith('references')
    dumped, results = tmp_path / 'dumped', tmp_path / 'results.json'
    test = ('python', 'tools/test.py', config, run / 'iter_2.pth', '--work-dir', run)
    call(*test, '--dump', dumped, *own)
    call('python', 'tools/analysis_tools/coco_results.py', dumped, results)
    numbers = [result['image_id'] for result in json.loads(results.read_text())]
    files = (coco / 'val').iterdir()
    assert numbers == sorted(int(file.stem) for file in files)
    # without captions to train on
    (coco / 'annotations/captions_train.json').unlink()
    said = call('python', 'tools/train.py', config, *own, ok=False)
    assert "the data serve no task (xmr: no captions of 'train' in" in said


def test_zero_shot_is_what_open_clip_embeds(data, tmp_path):
    """Files of an open_clip model, evaluated without a checkpoint."""
    own = dict(mean=[0.6, 0.5, 0.4], std=[0.3, 0.3, 0.2], interpolation='bilinear')
    (tmp_path / 'open_clip_config.json').write_text(
        json.dumps(dict(model_cfg=BACKBONE, preprocess_cfg=own))
    )
    clip = CLIP(**BACKBONE).eval()
    save_file(clip.state_dict(), tmp_path / 'clip.safetensors')
    test = [
        'python',
        'tools/test.py',
        'configs/zero_shot.py',
        '--work-dir',
        tmp_path,
        '--dump',
        tmp_path / 'dumped',
        '--cfg-options',
        f'data_root={data}',
        f'backbone={tmp_path}/open_clip_config.json',
        *(f'test_dataloader.{task}.num_workers=0' for task in ('xmr', 'tgir')),
    ]
    call(*test, f'pretrained={tmp_path}/clip.safetensors')
    left = summary(tmp_path, 'test_summary.json')
    assert set(left['xmr']['chance']) == {
        key for key, value in left['xmr'].items() if isinstance(value, float)
    }

    see = open_clip.image_transform(32, is_train=False, **own)
    read = build_tokenizer(**TOKENIZER)

    @torch.no_grad()
    def images(paths):
        return clip.encode_image(torch.stack([see(Image.open(path)) for path in paths]))

    @torch.no_grad()
    def texts(texts):
        return clip.encode_text(read(texts))

    found = read_predictions(tmp_path / 'dumped')
    compared = set()
    for table in (*found['xmr'].tables.values(), *found['tgir'].tables.values()):
        (name,) = (column for column in table if column.endswith('embedding'))
        expected = {
            'image_embedding': lambda: images(table['image_path']),
            'text_embedding': lambda: texts(table['text']),
            'target_embedding': lambda: images(table['target_image_path']),
            'query_embedding': lambda: (
                images(table['image_path']) + texts(table['text'])
            ),
        }[name]()
        torch.testing.assert_close(
            table[name], 4 * normalize(expected), atol=1e-4, rtol=1e-3
        )
        compared.add(name)
    assert len(compared) == 4

    said = call(*test, 'pretrained=None', ok=False)
    assert 'no checkpoint given, and the encoder (model.encoder.pre' in said


def test_missing_photos_are_left_out_on_request(run, data, tmp_path):
    """The summary says what they took from each score."""
    root = shutil.copytree(data, tmp_path / 'data')
    product = json.loads((root / 'FashionGen/val_info.json').read_text())[0]
    triplets = root / 'FashionIQ/captions/cap.dress.val.json'
    target = json.loads(triplets.read_text())[0]['target']
    (root / 'FashionGen' / product['images'][0]).unlink()
    (root / f'FashionIQ/images/{target}.jpg').unlink()
    said = evaluate(run, tmp_path, *options(root, 'missing=skip'))
    assert 'left out, as 1 photos are missing: queries i2t 1, t2i 0' in said
    whole, part = summary(run), summary(tmp_path, 'test_summary.json')
    for task in ('scr', 'fic'):
        assert part[task]['missing'] == dict(photos=1, products=0, queries=1)
        assert part[task]['queries'] == whole[task]['queries'] - 1
    for way in ('i2t', 't2i'):
        for what in ('queries', 'gallery'):
            assert part['xmr'][what][way] == (
                whole['xmr'][what][way] - part['xmr']['missing'][what][way]
            )
    missing = part['tgir']['missing']
    assert missing['photos'] == missing['gallery']['original']['dress'] == 1
    for what, lost in (
        ('queries', missing['queries']),
        ('gallery', missing['gallery']['original']),
    ):
        assert part['tgir'][what]['dress'] == (
            whole['tgir'][what]['dress'] - lost['dress']
        )
        assert lost['dress'] > 0


def test_resuming_continues_bit_for_bit(run, data, tmp_path):
    train(data, tmp_path, '--no-validate', more=('train_cfg.max_iters=4',))
    train(data, tmp_path, '--resume', '--no-validate')
    assert losses(tmp_path) == losses(run)
    for name, tensor in weights(run).items():
        assert torch.equal(tensor, weights(tmp_path)[name]), name


def test_a_stop_in_the_last_validation_is_made_up_for(run, data, tmp_path):
    shutil.copytree(run, tmp_path / 'again')
    (tmp_path / 'again' / 'summary.json').unlink()
    train(data, tmp_path / 'again', '--resume')
    assert scores(summary(tmp_path / 'again')) == scores(summary(run))
    assert summary(tmp_path / 'again')['iterations'] == STEPS


@pytest.mark.slow
def test_losses_do_not_depend_on_workers(run, data, tmp_path):
    for workers in (1, 2):
        train(
            data,
            tmp_path / str(workers),
            '--no-validate',
            more=(f'train_dataloader.num_workers={workers}',),
        )
        assert losses(tmp_path / str(workers)) == losses(run)


def test_two_processes(run, data, tmp_path):
    """The same steps on half batches, and the same scores exactly."""
    said = call(
        'tools/dist_train.sh',
        'configs/famevil_4task.py',
        '2',
        '--work-dir',
        tmp_path,
        '--no-validate',
        *options(data, 'train_dataloader.batch_size=4'),
    )
    assert 'on each of 2 processes' in said
    # nothing that a user could do about it
    assert not warnings(said)
    assert losses(tmp_path).keys() == losses(run).keys()
    for name, tensor in weights(run).items():
        torch.testing.assert_close(
            tensor, weights(tmp_path)[name], atol=2e-3, rtol=0.05
        )
    call(
        'tools/dist_test.sh',
        'configs/famevil_4task.py',
        run / f'iter_{STEPS}.pth',
        '2',
        '--work-dir',
        tmp_path,
        *options(data),
    )
    assert scores(summary(tmp_path, 'test_summary.json')) == scores(summary(run))


def stop(number: signal.Signals, *command: str | Path) -> tuple[int, str]:
    """Send a command a signal once it trains; its exit code, what it said."""
    process = subprocess.Popen([str(part) for part in command], **IN_REPOSITORY)
    said = ''
    while 'Iter(train)' not in said:
        line = process.stdout.readline()
        assert line, said[-5000:]
        said += line
    process.send_signal(number)
    rest, _ = process.communicate(timeout=900)
    return process.returncode, said + rest


def test_a_signal_ends_a_training(data, tmp_path):
    train = ('tools/train.py', 'configs/famevil_4task.py', '--work-dir', tmp_path)
    # the loading process ends too, or the command would not
    more = options(data, 'train_cfg.max_iters=500', 'train_dataloader.num_workers=1')
    code, said = stop(signal.SIGUSR1, sys.executable, *train, *more)
    step = re.search(r'stopped by SIGUSR1 after step (\d+): go on from iter_\1', said)
    assert code == 138 and step, said[-5000:]
    assert (tmp_path / f'iter_{step[1]}.pth').is_file()
    more = options(data, f'train_cfg.max_iters={int(step[1]) + 1}')
    said = call('python', *train, '--resume', '--no-validate', *more)
    assert f'resumed epoch: 0, iter: {step[1]}' in said


@pytest.mark.slow
@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_to_two_processes(data, tmp_path, number):
    """The launcher passes it on, SIGUSR1 as SIGTERM, and waits."""
    code, said = stop(
        number,
        'tools/dist_train.sh',
        'configs/famevil_4task.py',
        '2',
        '--work-dir',
        tmp_path,
        *options(data, 'train_cfg.max_iters=500', 'train_dataloader.batch_size=4'),
    )
    step = re.search(r'stopped by SIGTERM after step (\d+): go on', said)
    assert code and step, said[-5000:]
    assert (tmp_path / f'iter_{step[1]}.pth').is_file()


SHARDED = """
from mmengine.config import read_base

with read_base():
    from famevil_plugin.configs.famevil_4task import *

from famevil_plugin.engine import TaskFullyShardedDataParallel

model_wrapper_cfg = dict(type=TaskFullyShardedDataParallel)
default_hooks.checkpoint.update(in_shares=True, save_best='mean')
"""


@pytest.mark.slow
@NEEDS_FSDP2
def test_two_processes_with_a_share_of_the_model_each(data, tmp_path):
    """One process tests what they wrote: of each a share, and the best one whole."""
    config = tmp_path / 'sharded.py'
    config.write_text(SHARDED)
    said = call(
        'tools/dist_train.sh',
        config,
        '2',
        '--work-dir',
        tmp_path,
        *options(data, 'train_dataloader.batch_size=4'),
    )
    assert not warnings(said)
    assert len(list(tmp_path.glob(f'iter_{STEPS}.?-of-2.safetensors'))) == 2
    (best,) = tmp_path.glob('best_mean_*.pth')
    for number, checkpoint in enumerate((tmp_path / f'iter_{STEPS}.pth', best)):
        tested = tmp_path / f'tested_{number}'
        test = ['python', 'tools/test.py', config, checkpoint, '--work-dir', tested]
        call(*test, *options(data))
        found = scores(summary(tested, 'test_summary.json'))
        for task, expected in scores(summary(tmp_path)).items():
            assert found[task] == pytest.approx(expected, abs=1e-3), task


@pytest.mark.slow
def test_the_last_lines_of_several_processes_say_why(data, tmp_path):
    said = call(
        'tools/dist_train.sh',
        'configs/famevil_4task.py',
        '2',
        '--work-dir',
        tmp_path,
        *options(data, 'model.heads.scr.num_classes=3'),
        ok=False,
    )
    last = '\n'.join(said.splitlines()[-8:])
    assert 'ValueError: the run is not begun:' in last
    assert 'sub-categories do not fit the SCR head, which knows 3' in last


def test_the_tools_run_nothing_that_a_checkpoint_holds(data, tmp_path):
    """Other roads and kinds of files: ``test_hostile_files.py``."""
    marker = tmp_path / 'it_ran'
    bad = {
        kind: HOSTILE[kind](tmp_path / f'{kind}.pth', Command(marker))
        for kind in ('in_log', 'bare', 'like_torchscript')
    }
    test = ['python', 'tools/test.py', 'configs/famevil_4task.py', bad['bare']]
    said = {
        'bare.pth': call(*test, '--work-dir', tmp_path, *options(data), ok=False),
        'in_log.pth': train(data, tmp_path, '--resume', str(bad['in_log']), ok=False),
        'like_torchscript.pth': train(
            data, tmp_path, more=(f'load_from={bad["like_torchscript"]}',), ok=False
        ),
    }
    for name, answer in said.items():
        assert f'{name} cannot be read' in answer and 'system, which is' in answer
    assert not marker.exists()


def test_mixed_precision(data, tmp_path):
    train(data, tmp_path, '--amp', '--no-validate', more=('train_cfg.max_iters=4',))
    assert len(losses(tmp_path)) == 4


def test_mistakes_are_answered_before_the_first_step(run, data, tmp_path):
    mistakes = {
        'data_root=nowhere': "data_root 'nowhere' does not exist",
        'train_dataloader.sampler.schedule=sometimes': (
            "unknown task schedule 'sometimes'"
        ),
        'train_dataloader.sampler.batch_size=6': (
            'train_dataloader.batch_size is 8 and '
            'train_dataloader.sampler.batch_size 6: leave the latter out'
        ),
        'train_cfg.max_iters=many': "the config has the int 1600, got the text 'many'",
        'train_cgf.max_iters=3': "the config has no key 'train_cgf'",
        f'load_from={run}/iter_4.pth model.encoder.backbone.embed_dim=8': (
            'the checkpoint is of another model'
        ),
    }
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(
            lambda change: train(data, tmp_path, more=tuple(change.split()), ok=False),
            mistakes,
        )
        for answer, message in zip(answers, mistakes.values(), strict=True):
            assert message in answer
    said = call(
        'python', 'tools/test.py', 'configs/famevil_4task.py', 'nowhere.pth', ok=False
    )
    assert 'no checkpoint at nowhere.pth' in said
    test = ('python', 'tools/test.py', 'configs/famevil_4task.py', '--cfg-options')
    said = call(*test, f'data_root={data}', ok=False)
    assert 'no checkpoint given, and the scr head, the fic head would have' in (said)
