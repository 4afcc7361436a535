"""Results of a run in writing: the summary and the table of scores."""

from .score_table import score_table
from .summary import summarise

__all__ = ['score_table', 'summarise']
