"""The paper's four tasks on FashionGen's and FashionIQ's layouts.

A config imports what is here, calls the functions with its sizes and deletes
them (``del``): a config holds settings alone, else it could not be dumped.
"""

from mmengine.dataset import DefaultSampler

from famevil_plugin.datasets import (
    FashionGen,
    FashionIQ,
    LoadPhotos,
    MultiTaskDataset,
    PackFashionInputs,
    TaskSampler,
    TokenizeText,
    collate_batch,
)
from famevil_plugin.engine import MultiTaskTestLoop, MultiTaskValLoop
from famevil_plugin.evaluation import (
    CaptionScores,
    ComposedRecall,
    CrossModalRecall,
    SubcategoryScores,
)
from famevil_plugin.models import FICHead, SCRHead, TGIRHead, XMRHead

datasets = dict(
    xmr=dict(type=FashionGen, task='xmr'),
    tgir=dict(type=FashionIQ),
    scr=dict(type=FashionGen, task='scr'),
    fic=dict(type=FashionGen, task='fic'),
)
val_evaluator = dict(
    xmr=dict(type=CrossModalRecall),
    tgir=dict(type=ComposedRecall),
    scr=dict(type=SubcategoryScores),
    fic=dict(type=CaptionScores),
)
test_evaluator = val_evaluator
val_cfg = dict(type=MultiTaskValLoop)
test_cfg = dict(type=MultiTaskTestLoop)


def task_heads(tokenizer, **scr):
    """Heads of the four tasks; ``scr`` are settings of that head."""
    return dict(
        xmr=dict(type=XMRHead),
        tgir=dict(type=TGIRHead),
        scr=dict(type=SCRHead, **scr),
        fic=dict(type=FICHead, tokenizer=tokenizer),
    )


def pipeline(crop, tokenizer, *before_text):
    """From photo files and a text to a model's inputs."""
    return [
        dict(type=LoadPhotos),
        crop,
        *before_text,
        dict(type=TokenizeText, tokenizer=tokenizer),
        dict(type=PackFashionInputs),
    ]


def train_loader(pipeline, data_root, missing, batch_size, num_workers):
    """Load batches of one task each."""
    return dict(
        batch_size=batch_size,
        num_workers=num_workers,
        persistent_workers=True,
        collate_fn=dict(type=collate_batch),
        sampler=dict(type=TaskSampler, schedule='size_proportional'),
        dataset=dict(
            type=MultiTaskDataset,
            datasets={
                task: dict(
                    **dataset,
                    data_root=data_root,
                    missing=missing,
                    split='train',
                    pipeline=pipeline,
                )
                for task, dataset in datasets.items()
            },
        ),
    )


def val_loaders(pipeline, data_root, missing, num_workers):
    """Load each task's validation split."""
    return {
        task: dict(
            batch_size=120,
            num_workers=num_workers,
            collate_fn=dict(type=collate_batch),
            sampler=dict(type=DefaultSampler, shuffle=False, round_up=False),
            dataset=dict(
                **dataset,
                data_root=data_root,
                missing=missing,
                split='val',
                test_mode=True,
                pipeline=pipeline,
            ),
        )
        for task, dataset in datasets.items()
    }
