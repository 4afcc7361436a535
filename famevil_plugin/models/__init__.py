"""The model: one CLIP with adapters, and a head for each task."""

from famevil_plugin.current_task import batch_task

from .adapted_clip import AdaptedCLIP
from .adapters import (
    BottleneckAdapter,
    CrossAttentionAdapter,
    TaskSpecificAdapter,
    add_task_adapters,
)
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
    'add_task_adapters',
    'batch_task',
]
