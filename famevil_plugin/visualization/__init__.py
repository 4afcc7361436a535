"""Pictures of what the model does: retrievals, captions, classes."""

from .fashion_visualizer import FashionVisualizer
from .panels import caption_panel, class_panel, retrieval_panel

__all__ = ['FashionVisualizer', 'caption_panel', 'class_panel', 'retrieval_panel']
