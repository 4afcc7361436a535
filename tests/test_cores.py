"""Cores that a process may use."""

import os

import pytest

from famevil_plugin.cores import usable_cores


@pytest.mark.skipif(not hasattr(os, 'sched_setaffinity'), reason='Linux alone')
def test_a_share_of_the_machine(monkeypatch):
    monkeypatch.setattr(os, 'cpu_count', lambda: 64)
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_where_a_system_does_not_tell(monkeypatch):
    monkeypatch.delattr(os, 'sched_getaffinity', raising=False)
    monkeypatch.setattr(os, 'cpu_count', lambda: None)
    assert usable_cores() == 1
