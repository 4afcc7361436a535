"""Photos that a training passes over are counted and named."""

import re

from mmengine.runner import Runner

from famevil_plugin.datasets import MultiTaskDataset
from famevil_plugin.engine import UnreadablePhotosHook
from famevil_plugin.photos import UnreadablePhoto
from tests.tiny_run import SIZES, RandomProducts, run_config, train


class SpoiltProducts(RandomProducts):
    """Every other one has a photo that cannot be read."""

    missing = 'skip'

    def __getitem__(self, index):
        if index % 2 == 0:
            raise UnreadablePhoto(f'the photo {index}.jpg is not readable: spoilt')
        return super().__getitem__(index)


def test_counts_and_names(tmp_path, monkeypatch):
    datasets = {task: RandomProducts(task, size) for task, size in SIZES.items()}
    config = run_config(
        tmp_path,
        custom_hooks=[dict(type=UnreadablePhotosHook, interval=5)],
        **dict.fromkeys(['val_cfg', 'val_dataloader', 'val_evaluator']),
        **{
            'train_dataloader.dataset': MultiTaskDataset(
                datasets | dict(tgir=SpoiltProducts('tgir', 10))
            )
        },
    )
    said = []
    runner = Runner(**config)
    monkeypatch.setattr(runner.logger, 'warning', said.append)
    runner.train()
    count = runner.message_hub.get_info('unreadable_photos')
    # an epoch draws 8 of 10 triplets, so at least 3 of the spoilt ones
    assert count >= 3
    said = [message for message in said if message.startswith('photos were passed')]
    found = [
        re.search(r'over (\d+) times, (\d+) in all: the photo \d', m) for m in said
    ]
    assert sum(int(match[1]) for match in found) == int(found[-1][2]) == count
    assert len(said) > 1 and said[-1].endswith('is not readable: spoilt')


def test_nothing_to_say(tmp_path):
    config = run_config(tmp_path, custom_hooks=[dict(type=UnreadablePhotosHook)])
    runner = train(config)
    assert runner.message_hub.get_info('unreadable_photos') is None
