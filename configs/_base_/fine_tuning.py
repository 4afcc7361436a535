"""What fine-tuning on a catalogue of any size has in common.

``by_data`` is evaluated at the start, by what lies under ``data_root``: a
training has so many ``passes`` over the items of all tasks, but ``at_least``
and ``at_most`` so many iterations, and ``validations`` on the way; and
``labels`` names by task the setting that is the number of its classes. What
``--cfg-options`` say counts more; ``by_data=None`` turns it off.
"""

from mmengine.config import read_base

with read_base():
    from .schedules import warm_up_cosine

from famevil_plugin.engine import ResumableEarlyStoppingHook

by_data = dict(
    passes=10,
    at_least=600,
    at_most=20000,
    validations=8,
    labels=dict(scr='model.heads.scr.num_classes'),
)
early_stopping = dict(type=ResumableEarlyStoppingHook, monitor='mean', patience=3)


def on_catalogue(config, data_root, max_iters):
    """Train a config file on a catalogue: ``on_catalogue(globals(), ...)``."""
    data = {task: dict(data_root=data_root) for task in config['datasets']}
    config['train_dataloader'].dataset.update(datasets=data)
    config['val_dataloader'].update(
        {task: dict(dataset=own) for task, own in data.items()}
    )
    config['test_dataloader'] = config['val_dataloader']
    config['train_cfg'].update(max_iters=max_iters, val_interval=max_iters)
    config['default_hooks'].checkpoint.update(interval=max_iters, save_best='mean')
    config['custom_hooks'] = [early_stopping]
    config['param_scheduler'] = warm_up_cosine(max_iters)


# of the small model on photos and words that its CLIP has not seen
new_rates = {
    'clip.visual': dict(lr_mult=0.2),
    'clip.text': dict(lr_mult=1),
    'token_embedding': dict(lr_mult=10),
    'adapters': dict(lr_mult=3, shared=False),
    'cross_adapters': dict(lr_mult=4, shared=False),
    'heads.fic': dict(lr_mult=5, shared=False),
}
