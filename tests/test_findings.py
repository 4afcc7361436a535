"""Findings, and the data that the parts of a run are shown before it."""

from famevil_plugin.findings import Findings, TaskStart


def test_a_finding_in_a_line():
    found = Findings()
    found.fault('photos are missing', [])
    found.fault('photos are blue', range(7), 'Paint them')
    found.note('photos are red', ['a'])
    (fault,), (note,) = found.faults, found.notes
    assert fault.spell() == (
        'photos are blue (7): 0; 1; 2; 3; 4; and 2 more. Paint them'
    )
    assert note.spell() == 'photos are red (1): a'


def test_samples_are_spread():
    def sample(size, count):
        items = [dict(place=place) for place in range(size)]
        start = TaskStart('train', 'xmr', items, size, 4)
        return [item['place'] for item in start.sample(count)]

    assert sample(10, 4) == [0, 3, 6, 9]
    assert sample(3, 4) == [0, 1, 2]
    assert sample(0, 4) == []
    assert len(sample(1000, 64)) <= 64
