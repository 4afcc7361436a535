"""Record pictures of predictions where the scalars of a run go."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.visualization import LocalVisBackend, Visualizer

from famevil_plugin.registry import PANELS, VISUALIZERS


def draw_examples(examples: Sequence[Any], title: str) -> np.ndarray:
    """Draw examples by the panel that fits them.

    Args:
        examples (Sequence): At least one, of one class for which a panel is
            registered in :data:`~famevil_plugin.registry.PANELS`.
        title (str): Of the panel.

    Returns:
        np.ndarray: ``(height, width, 3)``, uint8, RGB.

    Raises:
        TypeError: If no panel draws examples of their class.
    """
    kind = type(examples[0]).__name__
    draw = PANELS.get(kind)
    if draw is None:
        raise TypeError(
            f'no panel draws {kind}: examples must be of '
            f'{", ".join(PANELS.module_dict)}, or register one by '
            f'@PANELS.register_module(name={kind!r})'
        )
    return draw(examples, title)


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
            task (str): The task's name.
            name (str): What the panel shows, such as ``text_to_image``.
            examples (Sequence): Of one class, for which a panel is registered in
                :data:`~famevil_plugin.registry.PANELS`; none, no panel.
            step (int): The iteration. Defaults to 0.
        """
        if not examples:
            return
        title = f'{task.upper()}: {name.replace("_", " ")}'
        if step:
            title += f', iteration {step:,}'
        self.add_image(f'{task}/{name}', draw_examples(examples, title), step)

    @master_only
    def add_image(self, name: str, image: np.ndarray, step: int = 0) -> None:
        """Record an image; a slash groups images in TensorBoard.

        The local backend would take the slash for a folder, which is not
        there, and lose the image without a word: its files have ``_``.
        """
        for backend in self._vis_backends.values():
            local = isinstance(backend, LocalVisBackend)
            backend.add_image(name.replace('/', '_') if local else name, image, step)
