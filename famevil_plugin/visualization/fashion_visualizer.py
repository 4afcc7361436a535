"""Record pictures of predictions where the scalars of a run go."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.visualization import LocalVisBackend, Visualizer

from famevil_plugin.registry import VISUALIZERS
from famevil_plugin.structures import CaptionExample, ClassExample, RetrievalExample

from .panels import caption_panel, class_panel, retrieval_panel

PANELS: dict[type, Callable[[Sequence[Any], str], np.ndarray]] = {
    RetrievalExample: retrieval_panel,
    CaptionExample: caption_panel,
    ClassExample: class_panel,
}


@VISUALIZERS.register_module()
class FashionVisualizer(Visualizer):
    """MMEngine's visualizer with panels of retrievals, captions, classes.

    Args:
        *args: Of MMEngine's ``Visualizer``.
        **kwargs: Of MMEngine's ``Visualizer``.

    Example:
        >>> from famevil_plugin.structures import ClassExample
        >>> from famevil_plugin.visualization import FashionVisualizer
        >>> visualizer = FashionVisualizer()
        >>> example = ClassExample('a.jpg', 'A red dress', 'DRESSES',
        ...                        'SKIRTS', 61.5)
        >>> visualizer.add_examples('scr', 'classes', [example], step=100)
    """

    @master_only
    def add_examples(
        self, task: str, name: str, examples: Sequence[Any], step: int = 0
    ) -> None:
        """Draw the panel that fits the examples and record it.

        Args:
            task (str): ``xmr``, ``tgir``, ``scr`` or ``fic``.
            name (str): What the panel shows, such as ``text_to_image``.
            examples (Sequence): Of one type of example; none, no panel.
            step (int): The iteration. Defaults to 0.
        """
        if not examples:
            return
        draw = PANELS.get(type(examples[0]))
        if draw is None:
            expected = ', '.join(example.__name__ for example in PANELS)
            raise TypeError(
                f'examples must be of {expected}, got {type(examples[0]).__name__}'
            )
        title = f'{task.upper()}: {name.replace("_", " ")}'
        if step:
            title += f', iteration {step:,}'
        self.add_image(f'{task}/{name}', draw(examples, title), step)

    @master_only
    def add_image(self, name: str, image: np.ndarray, step: int = 0) -> None:
        """Record an image; a slash groups images in TensorBoard.

        The local backend would take the slash for a folder, which is not
        there, and lose the image without a word: its files have ``_``.
        """
        for backend in self._vis_backends.values():
            local = isinstance(backend, LocalVisBackend)
            backend.add_image(name.replace('/', '_') if local else name, image, step)
