"""Texts as a shop writes them -> texts as the models read them."""

import html
import re

# FashionGen stores at most 400 characters of a description.
MAX_DESCRIPTION = 400


def clean_text(text: str, limit: int | None = None) -> str:
    """Free a text of HTML and odd spaces; cut it at a sentence's end.

    Where no sentence ends within ``limit`` characters, it is cut at a word.
    """
    text = re.sub(r'</?[a-zA-Z][^<>]*>', ' ', html.unescape(text))
    # halves of characters, which JSON can hold and UTF-8 cannot
    text = text.encode('utf-8', 'ignore').decode('utf-8')
    text = ' '.join(text.split())
    if limit is None or len(text) <= limit:
        return text
    ends = [end.end() for end in re.finditer(r'[.!?](?=\s)', text)]
    fitting = [end for end in ends if end <= limit]
    if fitting:
        return text[: fitting[-1]]
    return text[: limit + 1].rsplit(' ', 1)[0][:limit]
