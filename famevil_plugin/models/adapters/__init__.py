"""FAME-ViL's adapters: TSA for each task, XAA between the towers."""

from .bottleneck_adapter import BottleneckAdapter
from .cross_attention_adapter import CrossAttentionAdapter
from .task_specific_adapter import TaskSpecificAdapter

__all__ = ['BottleneckAdapter', 'CrossAttentionAdapter', 'TaskSpecificAdapter']
