"""The paper's ablation (table 4): its rows, their runs and the table."""

from .rows import ROWS, Row, parse_rows
from .scores import delta, mean_score

__all__ = ['ROWS', 'Row', 'delta', 'mean_score', 'parse_rows']
