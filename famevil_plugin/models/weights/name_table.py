"""A table of names with fields in them, such as ``layers.{layer}.bias``."""

import re
from collections.abc import Mapping


class NameTable:
    """Looks names up by templates.

    Args:
        templates (Mapping[str, str]): Templates of the names there, by
            templates of the names here.
        **fields (str): By name, a regular expression of a field's values.

    Example:
        >>> table = NameTable({'w.{layer}': 'layers.{layer}.weight'}, layer=r'\\d+')
        >>> table.find('w.3')
        ('layers.{layer}.weight', {'layer': '3'})
    """

    def __init__(self, templates: Mapping[str, str], **fields: str) -> None:
        self.rows = [
            (_as_pattern(here, fields), there) for here, there in templates.items()
        ]

    def find(self, name: str) -> tuple[str, dict[str, str]] | None:
        """The template of a name there and the values of its fields."""
        for pattern, template in self.rows:
            if match := pattern.fullmatch(name):
                return template, match.groupdict()
        return None


def _as_pattern(template: str, fields: Mapping[str, str]) -> re.Pattern[str]:
    pattern = re.escape(template)
    for field, values in fields.items():
        pattern = pattern.replace(rf'\{{{field}\}}', f'(?P<{field}>{values})')
    return re.compile(pattern)
