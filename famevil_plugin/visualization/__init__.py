"""Pictures of what the model does: retrievals, captions, classes."""

from .fashion_visualizer import FashionVisualizer, draw_examples
from .panels import caption_panel, class_panel, retrieval_panel

__all__ = [
    'FashionVisualizer',
    'caption_panel',
    'class_panel',
    'draw_examples',
    'retrieval_panel',
]
