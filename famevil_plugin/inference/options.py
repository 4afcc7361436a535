"""What every verb takes besides."""

from pathlib import Path
from typing import NamedTuple


class Options(NamedTuple):
    """Keyword arguments of every verb.

    Attributes:
        task (str | None): Which task is meant, where several answer the verb.
        on_error (str): After a photo that cannot be read ``skip`` goes on and
            ``raise`` stops. Defaults to ``skip``.
        show (bool): Whether to open the answers in a window, drawn as the
            panels of a run. Defaults to False.
        out_dir (str | Path | None): Folder for these pictures.
    """

    task: str | None = None
    on_error: str = 'skip'
    show: bool = False
    out_dir: str | Path | None = None

    @property
    def wants_pictures(self) -> bool:
        """Whether anybody will look at them."""
        return self.show or self.out_dir is not None
