"""One head a task: how it uses the encoder, what it scores and predicts."""

from .fic_head import FICHead
from .fusing_head import FusingHead
from .scr_head import SCRHead
from .task_head import Answer, HeadOutput, Program, TaskHead
from .tgir_head import TGIRHead
from .xmr_head import XMRHead

__all__ = [
    'Answer',
    'FICHead',
    'FusingHead',
    'HeadOutput',
    'Program',
    'SCRHead',
    'TGIRHead',
    'TaskHead',
    'XMRHead',
]
