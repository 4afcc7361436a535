"""Values on the command line mean what they say."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from famevil_plugin.command_line import OptionsAction
from famevil_plugin.command_line.option_values import read_value


@pytest.mark.parametrize(
    ('text', 'present', 'expected'),
    [
        # a text is a text
        ('/photos/my data', 'data', '/photos/my data'),
        ('SS24, men', 'data', 'SS24, men'),
        ('2024', 'data', '2024'),
        ('True', 'data', 'True'),
        ('/photos/[new] (2)', 'data', '/photos/[new] (2)'),
        ('[new]', 'data', '[new]'),
        ("men's", 'data', "men's"),
        ('"None"', 'data', 'None'),
        ("'a' or 'b'", 'data', "'a' or 'b'"),
        ('a=b', 'data', 'a=b'),
        (Path('/a b'), 'data', '/a b'),
        # numbers and switches
        ('3', 1, 3),
        ('-1', 1, -1),
        ('0.5', 1, 0.5),
        ('1e-4', 0.1, 1e-4),
        ('1', 0.1, 1.0),
        ('true', False, True),
        ('False', True, False),
        (3, 1, 3),
        # None and back
        ('None', 'openai', None),
        ('None', 64, None),
        ('None', dict(type='A'), None),
        ('64', None, 64),
        ('openai', None, 'openai'),
        ('SS24, men', None, 'SS24, men'),
        ('{a}', None, '{a}'),
        # lists, with MMEngine's ways of writing them
        ('[0.9, 0.95]', (0.9, 0.98), (0.9, 0.95)),
        ('0.9,0.95', (0.9, 0.98), (0.9, 0.95)),
        ('10', [20, 30], [10]),
        ('[]', [20], []),
        ('["BLEU-4","CIDEr"]', ['METEOR'], ['BLEU-4', 'CIDEr']),
        ('[BLEU-4, CIDEr]', None, ['BLEU-4', 'CIDEr']),
        ('["SS24, men", 2024]', ['a'], ['SS24, men', '2024']),
        ("[men's, women's]", ['a'], ["men's", "women's"]),
        ('[(a, 1), (b, 2)]', None, [('a', 1), ('b', 2)]),
        # a name or settings
        (
            "dict(type='temperature', temperature=5)",
            'uniform',
            dict(type='temperature', temperature=5),
        ),
        ('{"type": "temperature"}', 'uniform', dict(type='temperature')),
        ('ViT-B-32', dict(embed_dim=8), 'ViT-B-32'),
        ('dict(width=dict(a=[1]))', dict(width=1), dict(width=dict(a=[1]))),
        ('AdamW', argparse.Action, 'AdamW'),
    ],
)
def test_values(text, present, expected):
    value = read_value(text, present)
    assert value == expected and type(value) is type(expected)


@pytest.mark.parametrize(
    ('text', 'hint', 'expected'),
    [
        ('2024', str | None, '2024'),
        ('2024', int | None, 2024),
        ('2024', str | int, 2024),
        ('2024', Path | str, '2024'),
        ('a, b', Sequence[str], ['a', 'b']),
        ('a, b', str | Sequence[str], 'a, b'),
        ('[a, b]', str | Sequence[str], ['a', 'b']),
        ('[a, b]', str, '[a, b]'),
        ('2024', Any, 2024),
    ],
)
def test_new_values_are_what_the_class_asks_for(text, hint, expected):
    assert read_value(text, None, hint) == expected


@pytest.mark.parametrize(
    ('value', 'present', 'message'),
    [
        ('many', 3000, "the config has the int 3000, got the text 'many'"),
        ('"3"', 3000, "the int 3000, got the text '3'"),
        ('True', 3000, 'the int 3000, got the bool True'),
        ('[1, 2]', 3000, r'the int 3000, got the list \[1, 2\]'),
        ('1', False, 'the bool False, got the int 1'),
        ('slow', 0.1, "the float 0.1, got the text 'slow'"),
        ('[a]', [1], "the int 1, got the text 'a'"),
        ('adam', dict(type='AdamW'), r"the dict \{'type': .*, got the text 'adam'"),
        (5, 'data', "the text 'data', got the int 5"),
        ([5], 'data', r"the text 'data', got the list \[5\]"),
    ],
)
def test_a_change_of_type_shows_both(value, present, message):
    with pytest.raises(ValueError, match=message):
        read_value(value, present)


def test_the_command_line_hands_over_what_was_typed(capsys):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=OptionsAction, default={})
    typed = ['--cfg-options', 'a.b=my data', 'c=x=[1, 2]', '--cfg-options', 'd=']
    assert parser.parse_args(typed).cfg_options == {
        'a.b': 'my data',
        'c': 'x=[1, 2]',
        'd': '',
    }
    assert parser.parse_args([]).cfg_options == {}
    with pytest.raises(SystemExit):
        parser.parse_args(['--cfg-options', 'data_root=my', 'data'])
    said = capsys.readouterr().err
    assert "--cfg-options takes key=value, got 'data': quote a value" in said
