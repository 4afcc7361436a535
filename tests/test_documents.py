"""The documents: their links lead somewhere and their Python runs."""

import re

import pytest
import yaml

import famevil_plugin

from .conftest import ROOT
from .result_tables import METAFILE, models, tables

DOCUMENTS = sorted([*ROOT.glob('*.md'), *(ROOT / 'docs').glob('*.md')])


@pytest.mark.parametrize('document', DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document):
    links = re.findall(r'\]\(([^)#]+)[^)]*\)', document.read_text('utf-8'))
    files = [link for link in links if '://' not in link]
    assert [file for file in files if not (document.parent / file).exists()] == []


@pytest.mark.parametrize('document', DOCUMENTS, ids=lambda path: path.name)
def test_commands_name_files(document):
    """Scripts and configs that a reader is told to run are there."""
    named = re.findall(
        r'\b(?:tools|configs)/[\w/]+\.(?:py|sh)', document.read_text('utf-8')
    )
    assert [file for file in set(named) if not (ROOT / file).exists()] == []


def test_the_parts_in_python_run(monkeypatch):
    monkeypatch.chdir(ROOT)
    text = (ROOT / 'docs' / 'extending.md').read_text('utf-8')
    code = re.findall(r'```python\n(.*?)```', text, re.DOTALL)[0]
    names = {}
    exec(code, names)
    assert names['image_embedding'].shape == names['query'].shape == (2, 128)
    assert len(names['memory']) == 2


def test_the_version_is_one():
    version = famevil_plugin.__version__
    assert f'\nversion: {version}\n' in (ROOT / 'CITATION.cff').read_text('utf-8')
    assert f'\n## {version.split(".dev")[0]}' in (ROOT / 'CHANGELOG.md').read_text(
        'utf-8'
    )


def test_tables_of_results_are_those_of_the_metafile():
    written = (ROOT / 'docs' / 'results.md').read_text('utf-8')
    assert all(table in written for table in tables().values())
    assert all((ROOT / model['Config']).is_file() for model in models())
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text('utf-8'))
    assert [ROOT / name for name in index['Import']] == [METAFILE]
