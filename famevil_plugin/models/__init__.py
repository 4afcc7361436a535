"""The model: one CLIP with adapters, and a head for each task."""

from .adapted_clip import AdaptedCLIP
from .adapters import BottleneckAdapter, CrossAttentionAdapter, TaskSpecificAdapter
from .fame_vil import FAMEViL
from .heads import (
    Answer,
    FICHead,
    HeadOutput,
    Program,
    SCRHead,
    TaskHead,
    TGIRHead,
    XMRHead,
)
from .task_data_preprocessor import TaskDataPreprocessor
from .teacher_bank import TeacherBank

__all__ = [
    'Answer',
    'AdaptedCLIP',
    'BottleneckAdapter',
    'CrossAttentionAdapter',
    'FAMEViL',
    'FICHead',
    'HeadOutput',
    'Program',
    'SCRHead',
    'TGIRHead',
    'TaskDataPreprocessor',
    'TaskHead',
    'TaskSpecificAdapter',
    'TeacherBank',
    'XMRHead',
]
