"""Two tasks' adapters in the pretrained transformer, which stays as it is.

Against an ordinary config of mmpretrain: the backbone is within TaskAdapters,
there is a data set, a head and a metric for each task, and TaskSampler draws
batches of one task, which BatchTaskHook says.
"""

from mmengine.config import read_base

with read_base():
    from .base import *

from task_heads import TaskHeads

classes = dict(colour=17, pattern=9)

model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='famevil_plugin.TaskAdapters',
        module=dict(
            init_cfg=dict(
                type='Pretrained',
                checkpoint='work_dirs/pretrain/iter_400.pth',
                prefix='backbone.',
            ),
            **vit,
        ),
        tasks=list(classes),
        layers=r'layers\.\d+',
        bottleneck=8,
        freeze=True,
        adapters_only=True,
    ),
    head=dict(
        type=TaskHeads,
        heads={
            task: dict(
                type='VisionTransformerClsHead',
                num_classes=number,
                in_channels=128,
                loss=dict(type='CrossEntropyLoss'),
            )
            for task, number in classes.items()
        },
    ),
    data_preprocessor=data_preprocessor,
)
train_dataloader = dict(
    batch_size=32,
    num_workers=1,
    sampler=dict(type='famevil_plugin.TaskSampler', schedule='round_robin'),
    dataset=dict(
        type='famevil_plugin.MultiTaskDataset',
        datasets={
            task: dict(
                type='CustomDataset',
                data_root=data_root,
                ann_file=f'{task}_train.txt',
                pipeline=train_pipeline,
            )
            for task in classes
        },
    ),
)
val_dataloader = {
    task: dict(
        batch_size=128,
        num_workers=1,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(
            type='CustomDataset',
            data_root=data_root,
            ann_file=f'{task}_val.txt',
            pipeline=test_pipeline,
        ),
    )
    for task in classes
}
val_evaluator = {task: dict(type='Accuracy', topk=(1,)) for task in classes}
test_dataloader = val_dataloader
test_evaluator = val_evaluator
train_cfg = dict(
    type='famevil_plugin.MultiTaskTrainLoop', max_iters=1000, val_interval=250
)
val_cfg = dict(type='famevil_plugin.MultiTaskValLoop')
test_cfg = dict(type='famevil_plugin.MultiTaskTestLoop')
# adapters begin at zero
optim_wrapper.optimizer.lr = 4e-3
custom_hooks = [dict(type='famevil_plugin.BatchTaskHook')]
model_wrapper_cfg = dict(type='famevil_plugin.TaskDistributedDataParallel')
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=50, end=1000),
]
