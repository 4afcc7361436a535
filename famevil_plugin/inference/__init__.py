"""Use of a trained model: ask it, search photos with it, serve it.

In the order of the work: :mod:`model_source` finds and loads a model,
:mod:`photo_source` finds photos, :mod:`asking` puts questions to a task's head,
and :mod:`fashion_inferencer` gives that its verbs. :mod:`gallery` keeps photos
that can be searched.
"""

from .fashion_inferencer import FashionInferencer
from .gallery import Gallery
from .gallery_items import GalleryItem
from .options import Options
from .results import Classified, Described, Embeddings, Found, Label, Match

__all__ = [
    'Classified',
    'Described',
    'Embeddings',
    'FashionInferencer',
    'Found',
    'Gallery',
    'GalleryItem',
    'Label',
    'Match',
    'Options',
]
