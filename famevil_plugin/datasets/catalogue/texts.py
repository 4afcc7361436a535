"""Texts as a shop writes them -> texts as the models read them."""

import html
import re

# FashionGen stores at most 400 characters of a description.
MAX_DESCRIPTION = 400

# shop systems escape what was escaped already
MAX_ESCAPES = 4
_UNSEEN = re.compile(
    r'<(script|style|template|noscript)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)',
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r'</?[a-zA-Z][^<>]*>')
_CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')


def clean_text(text: str, limit: int | None = None) -> str:
    """Free a text of HTML, control characters and odd spaces.

    Scripts and styles go with their content. What was escaped several times
    is unescaped as often.

    Args:
        text (str): As the shop wrote it.
        limit (int, optional): Cut at the last sentence that ends within so
            many characters; where none does, at a word.
    """
    for _ in range(MAX_ESCAPES):
        plain = html.unescape(text)
        if plain == text:
            break
        text = plain
    text = _TAG.sub(' ', _UNSEEN.sub(' ', text))
    # halves of characters, which JSON can hold and UTF-8 cannot
    text = text.encode('utf-8', 'ignore').decode('utf-8')
    text = ' '.join(_CONTROL.sub(' ', text).split())
    if limit is None or len(text) <= limit:
        return text
    ends = [end.end() for end in re.finditer(r'[.!?](?=\s)', text)]
    fitting = [end for end in ends if end <= limit]
    if fitting:
        return text[: fitting[-1]]
    return text[: limit + 1].rsplit(' ', 1)[0][:limit]
