"""METEOR 1.5, which is a Java program."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

#: Options of its Java runtime.
JAVA_OPTIONS = ('-Xmx2G',)


class Meteor:
    """pycocoevalcap's METEOR (``-norm``, English) in a Java process.

    The process takes some 10 s and 1 GB to load its paraphrases; it does so
    from construction on, beside whatever else is done. It ends with
    :meth:`close`, and with the Python process in any case. pycocoevalcap's
    own wrapper hangs where Java fails, so this one talks to it.
    """

    def __init__(self) -> None:
        from pycocoevalcap.meteor import meteor as library

        self.process = subprocess.Popen(
            [
                'java',
                *JAVA_OPTIONS,
                '-jar',
                library.METEOR_JAR,
                '-',
                '-',
                '-stdio',
                '-l',
                'en',
                '-norm',
            ],
            cwd=Path(library.__file__).parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding='utf-8',
        )

    def score(self, truths: Sequence[Sequence[str]], captions: Sequence[str]) -> float:
        """Score a corpus, 0 to 1.

        Args:
            truths (Sequence[Sequence[str]]): References of each caption.
            captions (Sequence[str]): The captions.
        """
        try:
            counts = [
                self._ask(' ||| '.join(['SCORE', *map(_field, (*texts, caption))]))
                for texts, caption in zip(truths, captions)
            ]
            self._ask(' ||| '.join(['EVAL', *counts]))
            # a line a caption comes back, and then the corpus's
            return float([self._read() for _ in counts][-1])
        except (OSError, EOFError) as error:
            raise RuntimeError(
                'METEOR gave no score: mend Java or leave METEOR out of the '
                f'scores. Java says: {self.close()[-500:]}'
            ) from error

    def close(self) -> str:
        """End the process and return what it wrote to its stderr."""
        if self.process.returncode is not None:
            return ''
        self.process.kill()
        return self.process.communicate()[1]

    def _ask(self, line: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f'{line}\n')
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise EOFError
        return line.strip()


def _field(text: str) -> str:
    """Keep ``|||`` and line ends to what they mean to the process."""
    return ' '.join(text.replace('|', ' ').split())
