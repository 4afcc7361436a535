"""Data sets, the sampler that mixes their tasks, and their transforms."""

from .backbone_inputs import BackboneInputs
from .coco_captions import COCOCaptions
from .fashion_gen import FashionGen
from .fashion_iq import FashionIQ
from .multi_task_dataset import MultiTaskDataset, collate_batch
from .task_sampler import TaskIndex, TaskSampler
from .transforms import (
    AugmentPhotos,
    CentrePhotos,
    DropText,
    LoadPhotos,
    PackFashionInputs,
    ShortenText,
    TokenizeText,
)

__all__ = [
    'AugmentPhotos',
    'BackboneInputs',
    'COCOCaptions',
    'CentrePhotos',
    'DropText',
    'ShortenText',
    'FashionGen',
    'FashionIQ',
    'LoadPhotos',
    'MultiTaskDataset',
    'PackFashionInputs',
    'TaskIndex',
    'TaskSampler',
    'TokenizeText',
    'collate_batch',
]
