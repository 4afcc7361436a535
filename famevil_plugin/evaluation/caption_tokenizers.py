"""Text -> words, as caption scores count them.

Which tokenizer it was is part of a score's protocol: the same captions
differ by a point or more between two of them.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

# that a Java runtime may take to start
_JAVA_SECONDS = 60

Tokenizer = Callable[[Sequence[str]], list[str]]


def has_java() -> bool:
    """Whether there is a ``java`` on the path."""
    return shutil.which('java') is not None


def java_fault(*options: str) -> str:
    """Why the ``java`` on the path does not work; empty if it does.

    Args:
        *options (str): What the virtual machine shall be started with.
    """
    try:
        run = subprocess.run(
            ['java', *options, '-version'],
            capture_output=True,
            check=False,
            text=True,
            errors='replace',
            timeout=_JAVA_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = ' '.join((run.stderr or run.stdout).split())
    return f'it ends with {run.returncode}: {said[-500:]}' if run.returncode else ''


def tokenize_ptb(texts: Sequence[str]) -> list[str]:
    """Penn Treebank words by Stanford CoreNLP 3.4.1, which needs Java.

    Lower-case, without punctuation. Unlike pycocoevalcap's wrapper it writes
    no file beside the library, is told the encoding, and drops brackets,
    which that one looks for in upper case alone; so the words are those of
    the authors' ``cap_general``.

    Args:
        texts (Sequence[str]): Any texts.

    Returns:
        list[str]: The words of each, with a space between.
    """
    from pycocoevalcap.tokenizer import ptbtokenizer as library

    punctuation = {mark.lower() for mark in library.PUNCTUATIONS}
    run = subprocess.run(
        [
            'java',
            '-Dfile.encoding=UTF-8',
            '-cp',
            library.STANFORD_CORENLP_3_4_1_JAR,
            'edu.stanford.nlp.process.PTBTokenizer',
            '-preserveLines',
            '-lowerCase',
        ],
        # a line a text, so no line break of any kind within one
        input='\n'.join(' '.join(text.split()) for text in texts),
        cwd=Path(library.__file__).parent,
        capture_output=True,
        check=False,
        encoding='utf-8',
    )
    lines = run.stdout.split('\n')[: len(texts)]
    if run.returncode or len(lines) != len(texts):
        raise RuntimeError(
            f'the PTB tokenizer returned {len(lines)} lines for {len(texts)} '
            f"texts; use tokenizer='regex' or mend Java, which says: "
            f'{run.stderr[-500:]}'
        )
    return [
        ' '.join(word for word in line.split() if word not in punctuation)
        for line in lines
    ]


_WORD = re.compile(
    r"""
    n't\b | '(?:s|re|ve|ll|d|m)\b   # the end of don't, it's
    | \w+(?=n't\b)                  # the beginning of don't
    | \d+(?:[.,]\d+)+               # 2.25
    | \w+(?:-\w+)*                  # slim-fit
    | [&%$+@=/]
""",
    re.VERBOSE,
)


def tokenize_regex(texts: Sequence[str]) -> list[str]:
    """Nearly the words of :func:`tokenize_ptb`, without Java."""
    return [' '.join(_WORD.findall(text.lower().replace('’', "'"))) for text in texts]


TOKENIZERS: dict[str, Tokenizer] = dict(ptb=tokenize_ptb, regex=tokenize_regex)
