"""What a conversion left out, and what it read otherwise than written."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from famevil_plugin.atomic_files import write_whole

#: The table's file, in the folder that a conversion writes.
LEFT_OUT_FILE = 'left_out.csv'


class LeftOut(NamedTuple):
    """A line of the table.

    Attributes:
        left_out_of (str): ``everything`` or the tasks that go without it.
        what (str): ``product``, ``photo``, ``text`` or ``triplet``.
        id (str): The shop's id of the product; of a triplet, its photos.
        reason (str): The same words for all of a kind.
        detail (str): What is particular to this one.
    """

    left_out_of: str
    what: str
    id: str
    reason: str
    detail: str = ''


@dataclass
class Report:
    """Collects as a conversion goes.

    Attributes:
        lines (list[LeftOut]): All that is left out.
        remarks (list[str]): What a person should know of how the export was
            read.
    """

    lines: list[LeftOut] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def leave_out(
        self, left_out_of: str, what: str, name: str, reason: str, detail: str = ''
    ) -> None:
        """Add a line, see :class:`LeftOut`."""
        self.lines.append(LeftOut(left_out_of, what, name, reason, detail))

    def count(self) -> Counter[tuple[str, str, str]]:
        """How often something is left out of something for a reason."""
        return Counter(
            (line.left_out_of, line.what, line.reason) for line in self.lines
        )

    def write(self, folder: Path) -> None:
        """Write the table, if it has a line; Excel reads it too."""
        if not self.lines:
            return
        file = io.StringIO(newline='')
        writer = csv.writer(file)
        writer.writerow(LeftOut._fields)
        writer.writerows(self.lines)
        content = file.getvalue().encode('utf-8-sig', 'replace')
        write_whole(folder / LEFT_OUT_FILE, content)

    def summarise(self) -> list[str]:
        """Lines for the console: how the export was read, what is left out."""
        lines = [f'  {ascii(remark)[1:-1]}' for remark in self.remarks]
        if lines:
            lines = ['how the export was read:', *lines]
        lines += ['', 'left out:' if self.lines else 'left out: nothing']
        for (left_out_of, what, reason), count in self.count().most_common():
            plural = what if count == 1 else f'{what}s'
            lines.append(f'  {count:>6} {plural} of {left_out_of}: {reason}')
            lines += [f'           {detail}' for detail in self._examples(what, reason)]
        if self.lines:
            lines.append(f'  each of them is in {LEFT_OUT_FILE}')
        return lines

    def _examples(self, what: str, reason: str, count: int = 3) -> list[str]:
        details = dict.fromkeys(
            line.detail
            for line in self.lines
            if (line.what, line.reason) == (what, reason) and line.detail
        )
        return [ascii(detail)[1:-1][:200] for detail in list(details)[:count]]
