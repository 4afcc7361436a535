"""The table as text, from summaries as runs leave them."""

import csv
import io
import json

import pytest

from famevil_plugin.ablation import ROWS
from famevil_plugin.ablation.comparisons import COMPARISONS, PRINTED, compare
from famevil_plugin.ablation.planner import Planner
from famevil_plugin.ablation.report import csv_table, markdown, picture
from famevil_plugin.ablation.results import Results
from famevil_plugin.ablation.scores import Spread
from tests.conftest import ROOT, TASKS

PARAMETERS = {
    row: dict(params=10**6 + row, percent=1.5, percent_as_counted_in_paper=-2.0)
    for row in ROWS
}


def leave(planner, out, scores, rows=ROWS, seeds=(0,)):
    """Let all runs of some rows leave a summary of these scores."""
    for seed in seeds:
        for row in rows:
            for task in ROWS[row].tasks:
                run = planner.run(row, task, seed)
                run.folder(out).mkdir(parents=True, exist_ok=True)
                run.summary(out).write_text(
                    json.dumps(
                        {
                            task: dict(mean=scores(row, task, seed))
                            for task in run.tasks or ROWS[row].tasks
                        }
                        | dict(
                            iterations=run.iterations,
                            duration_s=60.0,
                            versions=dict(torch='2'),
                        )
                    )
                )


@pytest.fixture
def planner():
    return Planner(ROOT / 'configs', 'mini')


@pytest.fixture
def as_printed(planner, tmp_path):
    """Runs that reach what the paper printed."""
    leave(planner, tmp_path, lambda row, task, seed: getattr(ROWS[row].printed, task))
    return Results(planner, ROWS, [0], tmp_path)


def test_every_claim_holds_in_the_papers_table():
    for comparison in COMPARISONS:
        assert comparison.margin(PRINTED) > 0, comparison.claim


def test_the_papers_scores_give_the_papers_table(as_printed):
    lines = markdown(as_printed, PARAMETERS, dict(seeds='0')).splitlines()
    (row,) = (line for line in lines if line.startswith('| 9 |'))
    assert row == (
        '| 9 | base + MTD (FAME-ViL) | 1,000,009 | +1.50 | -2.00 (-67.33) | '
        '70.00 (70.00) | 58.29 (58.29) | 91.44 (91.44) | 65.50 (65.50) | '
        '71.31 (71.31) | 5.50 (5.50) |'
    )
    (row,) = (line for line in lines if line.startswith('| 5 |'))
    assert '| 85.95 (85.95) | - | 48.29 (48.29) | -5.59 (-5.59) |' in row
    verdicts = compare(as_printed)
    assert {verdict.word for verdict in verdicts} == {'holds'}
    for verdict in verdicts:
        # row 15's printed Delta is not that of its scores
        if verdict.comparison.worse != 15:
            assert verdict.found.mean == pytest.approx(verdict.printed, abs=0.011)


def test_seeds_and_signs(planner, tmp_path):
    leave(
        planner,
        tmp_path,
        lambda row, task, seed: 50.0 + (seed - 1) * (row == 6) - row,
        seeds=(0, 1, 2),
    )
    results = Results(planner, [5, 6], [0, 1, 2], tmp_path)
    text = markdown(results, PARAMETERS, {})
    assert '| 44.00 ± 1.00 (67.97) |' in text
    verdicts = {v.comparison.claim: v for v in compare(results)}
    noise = verdicts['TSA helps XMR in multi-task learning']
    assert noise.word == 'within the noise'
    assert noise._replace(found=Spread(1.01, 1.0)).word == 'holds'
    assert noise._replace(found=Spread(-1.01, 1.0)).word == 'does not hold'
    assert noise._replace(found=Spread(0.01, None)).word == 'holds'
    assert 'Of 22 claims: 0 holds, 1 within the noise, 0 does not hold.' in text
    assert verdicts['distillation helps'].word == '-'
    assert (
        '| TSA helps XMR in multi-task learning | XMR | 6 - 5 | +10.32 | '
        '-1.00 ± 1.00 | within the noise' in text
    )


def test_missing_rows(planner, tmp_path):
    leave(planner, tmp_path, lambda *_: 30.0, rows=[5])
    results = Results(planner, [5, 8], [0], tmp_path)
    text = markdown(results, PARAMETERS, {})
    # no base, so no Delta; and no row 8
    assert '30.00 (85.95) | - | 22.50 (48.29) | - (-5.59) |' in text
    assert '| - (69.31) | - (55.41) |' in text


def test_every_figure_names_its_file(as_printed):
    lines = list(csv.DictReader(io.StringIO(csv_table(as_printed, PARAMETERS))))
    assert [int(line['row']) for line in lines] == list(ROWS)
    for line in lines:
        for task in TASKS:
            path = line[f'{task}_summary']
            assert bool(path) == bool(line[task])
            if path:
                summary = json.loads((as_printed.out / path).read_text())
                assert summary[task]['mean'] == float(line[task])
    assert lines[3]['xmr_summary'] == lines[1]['xmr_summary']


def test_picture(as_printed):
    assert picture(as_printed)[:4] == b'\x89PNG'
