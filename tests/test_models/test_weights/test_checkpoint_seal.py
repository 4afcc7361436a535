"""Every byte of a checkpoint counts."""

import io
import zipfile

import pytest
import torch

from famevil_plugin.models.weights import read_weights
from famevil_plugin.models.weights.checkpoint_seal import check_seal, seal


def archive():
    """Bytes that ``torch.save`` writes."""
    buffer = io.BytesIO()
    torch.save(dict(a=torch.arange(3.0)), buffer)
    return buffer.getvalue()


def test_each_flipped_byte_is_noticed(tmp_path):
    path, whole = tmp_path / 'a.pth', bytearray(seal(archive()))
    path.write_bytes(whole)
    check_seal(path)
    for place in range(len(whole)):
        whole[place] ^= 0x10
        path.write_bytes(whole)
        with pytest.raises(ValueError, match='changed since it was written'):
            check_seal(path)
        whole[place] ^= 0x10


def test_a_sealed_file_is_an_ordinary_one(tmp_path):
    path = tmp_path / 'a.pth'
    path.write_bytes(seal(archive()))
    assert torch.equal(torch.load(path)['a'], torch.arange(3.0))
    assert torch.equal(read_weights(path).weights['a'], torch.arange(3.0))
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
    assert seal(path.read_bytes()) == path.read_bytes()


def test_a_reader_names_the_file(tmp_path):
    path, content = tmp_path / 'a.pth', bytearray(seal(archive()))
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match='a.pth cannot.*got: a file that was changed'):
        read_weights(path)


def test_checksums_where_there_is_no_digest(tmp_path):
    path, content = tmp_path / 'a.pth', bytearray(archive())
    path.write_bytes(content)
    check_seal(path)
    content[content.index(torch.arange(3.0).numpy().tobytes())] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match='changed since it was written'):
        check_seal(path)


@pytest.mark.parametrize('content', [b'', b'text', b'PK\x05\x06'])
def test_other_files_are_left_alone(tmp_path, content):
    assert seal(content) == content
    (tmp_path / 'a').write_bytes(content)
    check_seal(tmp_path / 'a')
