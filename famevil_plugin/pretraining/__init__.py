"""What the shipped small CLIP learns besides the four tasks: to see.

Of captions and contrast alone an image tower learns slowly what is on a
photo. Here it is told: a task of photos with a label for each facet of the
garment, used by ``configs/pretrain_small_clip.py`` alone.
"""

from .facet_head import FacetHead
from .facet_photos import FacetPhotos
from .facet_scores import FacetScores

__all__ = ['FacetHead', 'FacetPhotos', 'FacetScores']
