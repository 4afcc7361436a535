"""FSDP2 computes what DDP and one process compute, in shares."""

import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmengine.hooks import Hook
from torch.distributed.tensor import DTensor

from famevil_plugin.datasets import collate_batch
from famevil_plugin.engine import IMTLGOptimWrapper, MultiTaskValLoop
from famevil_plugin.engine.sharded_state import gather
from tests.sharded_runs import (
    DDP,
    FSDP,
    NEEDS_FSDP2,
    STEPS,
    AnswerKeeper,
    FixedProducts,
    in_processes,
    sharded_config,
    train_recorded,
)
from tests.tiny_run import SIZES

pytestmark = [pytest.mark.slow, NEEDS_FSDP2]
SHORT = {'train_cfg.max_iters': 4}
CHUNKS = SHORT | {'model.encoder.chunk_size': 2}
FROZEN = SHORT | {'model.encoder.freeze_clip': True, 'optim_wrapper.clip_grad': None}
ACCUMULATED = SHORT | {'optim_wrapper.accumulative_counts': 2}
IMTLG = SHORT | {
    'optim_wrapper.type': IMTLGOptimWrapper,
    'optim_wrapper.accumulative_counts': 4,
}
EVALUATED = {
    'train_cfg': dict(max_iters=4, val_interval=4),
    'val_cfg': dict(type=MultiTaskValLoop),
    'val_evaluator': {task: dict(_delete_=True, type=AnswerKeeper) for task in SIZES},
    'val_dataloader': {
        task: dict(
            batch_size=2,
            num_workers=0,
            collate_fn=dict(type=collate_batch),
            sampler=dict(type=DefaultSampler, shuffle=False, round_up=False),
            # a process has two batches, the other one
            dataset=FixedProducts(task, 5),
        )
        for task in SIZES
    },
}
RUNS = dict(
    one=(None, {}),
    ddp=(DDP, {}),
    fsdp=(FSDP, {}),
    fsdp_chunks=(FSDP, CHUNKS),
    one_frozen=(None, FROZEN),
    fsdp_frozen=(FSDP, FROZEN),
    one_accumulated=(None, ACCUMULATED),
    fsdp_accumulated=(FSDP, ACCUMULATED),
    one_imtlg=(None, IMTLG),
    fsdp_imtlg=(FSDP, IMTLG),
    one_evaluated=(None, EVALUATED),
    fsdp_evaluated=(FSDP, EVALUATED),
)
EQUAL = [
    ('ddp', 'one'),
    ('fsdp', 'one'),
    ('fsdp', 'ddp'),
    ('fsdp_chunks', 'one'),
    ('fsdp_frozen', 'one_frozen'),
    ('fsdp_accumulated', 'one_accumulated'),
    ('fsdp_imtlg', 'one_imtlg'),
]


class ShareRecorder(Hook):
    """Keeps how many numbers a process has of the model between two steps."""

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.held = sum(_held(p) for p in runner.model.parameters())

    def after_train(self, runner):
        moments = runner.optim_wrapper.optimizer.state.values()
        self.moments = sum(_held(state['exp_avg']) for state in moments)


def _held(tensor):
    return (tensor.to_local() if isinstance(tensor, DTensor) else tensor).numel()


class BlockRecorder:
    """Keeps which blocks are whole when one of them runs."""

    def __init__(self, encoder):
        self.blocks = [*encoder.image_tower.blocks, *encoder.text_tower.blocks]
        self.whole = []
        for block in self.blocks:
            block.mlp.register_forward_hook(self.count)

    def count(self, *_):
        weights = [block.attn.in_proj_weight for block in self.blocks]
        self.whole.append(sum(not isinstance(w, DTensor) for w in weights))


def evaluated(runner):
    """By task what a model answers to each item."""
    return {
        task: evaluator.metrics[0].answers
        for task, evaluator in runner.val_loop.evaluator.items()
    }


def run_one(folder, name, rank=0):
    """Train, and write down what is compared."""
    wrapper, changes = RUNS[name]
    share = ShareRecorder()
    config = sharded_config(folder / f'{name}_{rank}', wrapper, **changes)
    runner, steps = train_recorded(config, share)
    model = getattr(runner.model, 'module', runner.model)
    found = dict(
        losses=list(steps.losses),
        norms=list(steps.norms),
        held=share.held,
        moments=share.moments,
        weights=gather(model.state_dict()),
    )
    if name == 'fsdp':
        blocks = BlockRecorder(model.encoder)
        runner.train_loop.run_iter(next(runner.train_loop.dataloader_iterator))
        found['whole_blocks'] = blocks.whole
    if name.endswith('evaluated') and rank == 0:
        found['answers'] = evaluated(runner)
    torch.save(found, folder / f'{name}_{rank}.pt')


def run_rank(rank, folder):
    """One of two processes."""
    for name, (wrapper, _) in RUNS.items():
        if wrapper is not None:
            run_one(folder, name, rank)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """With all runs."""
    folder = tmp_path_factory.mktemp('shares')
    in_processes(run_rank, folder, 2)
    for name, (wrapper, _) in RUNS.items():
        if wrapper is None:
            run_one(folder, name)
    return folder


@pytest.fixture
def results(folder):
    """By run what its main process has."""
    return {name: torch.load(folder / f'{name}_0.pt') for name in RUNS}


@pytest.mark.parametrize('name, other', EQUAL)
def test_steps_are_equal(results, name, other):
    found, expected = results[name], results[other]
    steps = len(found['losses'])
    assert steps == (STEPS if name in ('ddp', 'fsdp') else 4)
    assert found['losses'] == pytest.approx(expected['losses'][:steps], rel=1e-6)
    assert found['norms'] == pytest.approx(expected['norms'][:steps], rel=1e-6)
    if len(expected['losses']) == steps:
        for key, value in expected['weights'].items():
            torch.testing.assert_close(found['weights'][key], value, rtol=0, atol=1e-6)


def test_gradients_are_clipped(results):
    assert min(results['fsdp']['norms']) > 0.5


def test_adapters_of_every_task_have_learned(results):
    for key, value in results['fsdp']['weights'].items():
        if key.endswith('up.weight'):
            assert value.any(), key


def test_a_process_holds_its_share(results, folder):
    whole = results['one']
    shares = [torch.load(folder / f'fsdp_{rank}.pt') for rank in (0, 1)]
    for kind in ('held', 'moments'):
        counts = [share[kind] for share in shares]
        # the scalar that nothing uses is everybody's
        assert sum(counts) == pytest.approx(whole[kind], abs=1)
        assert max(counts) < 0.6 * whole[kind]


def test_one_block_is_whole_at_a_time(results):
    whole = results['fsdp']['whole_blocks']
    assert whole and set(whole) == {1}


def test_processes_with_unequal_shares_of_the_data_evaluate(results):
    found, expected = (
        results[name]['answers'] for name in ('fsdp_evaluated', 'one_evaluated')
    )
    assert set(found) == set(expected) == set(SIZES)
    for task, answers in expected.items():
        assert [item for item, _ in found[task]] == list(range(5))
        for (_, said), (_, wanted) in zip(found[task], answers, strict=True):
            assert said == (
                wanted if isinstance(wanted, str) else pytest.approx(wanted, rel=1e-6)
            )
