"""Files and folders that a command line names, checked before anything else."""

import difflib
from pathlib import Path

import famevil_plugin

# a zip archive, and the pickle that PyTorch wrote before
_ARCHIVES = (b'PK', b'\x80')
_CONFIGS = ('.py', '.json', '.yaml', '.yml')


def check_config_file(name: str) -> None:
    """Refuse a path that is no config file.

    Raises:
        FileNotFoundError: If there is no such file, naming the closest.
        ValueError: If it is of another kind.
    """
    path = Path(name)
    if path.is_file():
        if path.suffix not in _CONFIGS:
            raise ValueError(
                f'{name} is no config: expected a file {", ".join(_CONFIGS)}'
            )
        return
    folders = [path.parent, Path('configs'), _packaged_configs()]
    known: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.rglob('*.py') if folder != Path('.') else ()):
            if not file.parent.name.startswith('_'):
                known.setdefault(file.stem, file)
    close = difflib.get_close_matches(path.stem, known, n=2, cutoff=0.5)
    said = ', or '.join(str(known[stem]) for stem in close)
    raise FileNotFoundError(
        f'no config at {name}' + (f': did you mean {said}?' if said else '')
    )


def _packaged_configs() -> Path:
    return Path(famevil_plugin.__file__).with_name('configs')


def check_checkpoint_file(name: str, option: str = '') -> None:
    """Refuse what is no checkpoint; addresses on the web may be given.

    Args:
        name (str): The checkpoint.
        option (str): What it was given by, for the message. Defaults to
            nothing.

    Raises:
        FileNotFoundError: If there is no such file, naming those beside it.
        ValueError: If the file begins like no file of weights.
    """
    path = Path(name)
    if '://' in name:
        return
    if path.is_file():
        with path.open('rb') as file:
            begin = file.read(16)
        if path.suffix != '.safetensors' and not begin.startswith(_ARCHIVES):
            raise ValueError(
                f'{option}{name} is no checkpoint: expected a file that '
                f'tools/train.py wrote (*.pth), got one that begins with {begin!r}'
            )
        return
    beside = sorted(path.glob('*.pth') if path.is_dir() else path.parent.glob('*.pth'))
    there = f'; there are {", ".join(map(str, beside[-3:]))}' if beside else ''
    raise FileNotFoundError(
        f'no checkpoint at {option}{name}: expected a file that tools/train.py '
        f'wrote (*.pth){there}'
    )


def make_work_dir(name: str) -> None:
    """Make the folder of a run, or say in words why it cannot be.

    Raises:
        ValueError: If it cannot be made or written to.
    """
    path = Path(name)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / '.probe'
        probe.touch()
        probe.unlink(missing_ok=True)  # other processes may be here too
    except OSError as error:
        raise ValueError(
            f'the work dir {name} cannot be written: {error.strerror}'
            f' ({error.filename}). Give another by --work-dir'
        ) from error
