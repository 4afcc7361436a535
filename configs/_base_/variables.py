"""Variables of the configs, and the keys that derive from them.

``--cfg-options data_root=FOLDER`` sets a variable and, of the keys named here
(``*`` is any key or place), those that have its value. Other variables are
refused: their keys must be given.
"""

derived = dict(
    data_root=[
        'train_dataloader.dataset.datasets.*.data_root',
        '*_dataloader.*.dataset.data_root',
    ],
    missing=[
        'train_dataloader.dataset.datasets.*.missing',
        '*_dataloader.*.dataset.missing',
    ],
    backbone=[
        'model.encoder.backbone',
        'model.teachers.*.model.encoder.backbone',
        '*_dataloader.*.dataset.pipeline.*.backbone',
    ],
    pretrained=[
        'model.encoder.pretrained',
        'model.teachers.*.model.encoder.pretrained',
        '*_dataloader.*.dataset.pipeline.*.pretrained',
    ],
    freeze_clip=['model.encoder.freeze_clip'],
    batch_size=['train_dataloader.batch_size'],
    max_iters=[
        'train_cfg.max_iters',
        'train_cfg.val_interval',
        'param_scheduler.*.end',
    ],
)
