"""Photos that a training passes over are counted and named."""

from famevil_plugin.datasets import MultiTaskDataset
from famevil_plugin.engine import UnreadablePhotosHook
from famevil_plugin.photos import UnreadablePhoto
from tests.tiny_run import SIZES, RandomProducts, run_config, train


class SpoiltProducts(RandomProducts):
    """Every fifth has a photo that cannot be read."""

    missing = 'skip'

    def __getitem__(self, index):
        if index % 5 == 0:
            raise UnreadablePhoto(f'the photo {index}.jpg is not readable: spoilt')
        return super().__getitem__(index)


def test_counts_and_names(tmp_path, monkeypatch):
    said = []
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
    from mmengine.runner import Runner

    runner = Runner(**config)
    monkeypatch.setattr(runner.logger, 'warning', said.append)
    runner.train()
    # of 10 triplets in three batches of 4 two each come, or one
    count = runner.message_hub.get_info('unreadable_photos')
    assert count >= 2
    said = [message for message in said if message.startswith('photos were passed')]
    assert said[-1].endswith('is not readable: spoilt')
    assert f'times, {count} in all: the photo ' in said[-1]
    assert 2 <= len(said) <= 3
    assert all('5.jpg' in m or '0.jpg' in m for m in said)


def test_nothing_to_say(tmp_path):
    config = run_config(tmp_path, custom_hooks=[dict(type=UnreadablePhotosHook)])
    runner = train(config)
    assert runner.message_hub.get_info('unreadable_photos') is None
