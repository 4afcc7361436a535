"""Results of a run in writing: the summary and the table of scores."""

from .score_table import score_table
from .summary import RunFacts, Summary, TaskSummary, row_metrics, summarise

__all__ = [
    'RunFacts',
    'Summary',
    'TaskSummary',
    'row_metrics',
    'score_table',
    'summarise',
]
