"""Use an exported model by numpy, Pillow and onnxruntime: use_onnx.py retrieve TEXT
PHOTO ... | compose PHOTO TEXT PHOTO ... | classify PHOTO TEXT | describe PHOTO ..."""

import functools, html, json, re, sys, unicodedata  # noqa: E401, I001
from pathlib import Path
import numpy as np
from onnxruntime import InferenceSession
from PIL import Image, ImageOps

HERE = Path(__file__).parent
SETTINGS = json.loads((HERE / 'preprocessing.json').read_text())
PHOTO, TEXT, PROGRAMS = (SETTINGS[part] for part in ('photo', 'text', 'programs'))
IDS = json.loads((HERE / 'vocab.json').read_text())
MERGES = (HERE / 'merges.txt').read_text('utf-8').splitlines()
RANKS = {tuple(pair.split()): rank for rank, pair in enumerate(MERGES)}
SUFFIX, WORD = re.compile("'(s|t|re|ve|m|ll|d)", re.I), re.compile('L+|N|[^LN]+')
open_session = functools.cache(lambda file: InferenceSession(HERE / file))


def read_photo(path):
    try:
        photo = ImageOps.exif_transpose(Image.open(path)).convert('RGBA')
    except OSError as error:
        sys.exit(f'{path} is no photo: {error}')
    photo = Image.alpha_composite(Image.new('RGBA', photo.size, 'white'), photo)
    photo = photo.convert('RGB').resize(PHOTO['resize'], Image.Resampling.BILINEAR)
    pixels = np.asarray(photo.crop(PHOTO['crop'])) / PHOTO['scale'] - PHOTO['mean']
    return (pixels / PHOTO['std']).transpose(2, 0, 1)[None].astype('float32')


def tokenize(text):
    text = text.translate(str.maketrans(TEXT['characters']))
    text = html.unescape(html.unescape(unicodedata.normalize('NFC', text))).lower()
    ids = [TEXT['start']]
    for chunk in text.split():
        kinds, at = ''.join(unicodedata.category(c)[0] for c in chunk), 0
        while at < len(chunk):
            end = (SUFFIX.match(chunk, at) or WORD.match(kinds, at)).end()
            parts, at = [TEXT['bytes'][byte] for byte in chunk[at:end].encode()], end
            parts[-1] += TEXT['word_end']
            while known := [p for p in zip(parts, parts[1:]) if p in RANKS]:
                first = list(zip(parts, parts[1:])).index(min(known, key=RANKS.get))
                parts[first : first + 2] = [''.join(parts[first : first + 2])]
            ids += [IDS[part] for part in parts]
    return np.array([ids[: TEXT['context_length'] - 1] + [TEXT['end']]])


def ask(verb, **inputs):
    found = [p for p in PROGRAMS if (p['verb'], {*p['inputs']}) == (verb, {*inputs})]
    found = found or sys.exit(f'this model does not {verb} by {", ".join(inputs)}')
    session = open_session(found[0]['file'])
    given = {i.name: inputs[i.name] for i in session.get_inputs()}
    return dict(zip(found[0]['outputs'], session.run(None, given)))


def describe(photo):
    state, ids = ask('describe', image=photo), []
    step = next(p for p in PROGRAMS if p['verb'] == 'describe' and p['first'])
    for name, first in step['first'].items():
        state[name] = np.full([1, *first['shape']], first['value'], first['dtype'])
    while len(ids) < step['calls'] and TEXT['end'] not in ids:
        given = ask('describe', **state)
        ids.append(given.pop('answer').argmax())
        state |= {name.replace('present', 'past'): given[name] for name in given}
        state['newest'] = np.array([ids[-1:]])
    words = ''.join(list(IDS)[i] for i in ids if i not in (TEXT['start'], TEXT['end']))
    text = bytes(TEXT['bytes'].index(byte) for byte in words).decode('utf-8', 'replace')
    return text.replace(TEXT['word_end'], ' ').strip()


if __name__ == '__main__':
    verb, *rest = sys.argv[1:] or ['']
    if len(rest) < dict(describe=1, compose=3).get(verb, 2):
        sys.exit(__doc__)
    if verb == 'describe':
        sys.exit(print('\n'.join(describe(read_photo(photo)) for photo in rest)))
    query = {} if verb == 'retrieve' else dict(image=read_photo(rest.pop(0)))
    scores = ask(verb, **query, tokens=tokenize(rest.pop(0)))['answer'][0]
    if rest:  # the gallery's photos
        name = 'image' if verb == 'retrieve' else 'target_image'
        photos = [ask(verb, **{name: read_photo(photo)})['answer'] for photo in rest]
        scores = np.concatenate(photos) @ scores
    names = rest or next(p['columns'] for p in PROGRAMS if p['verb'] == verb)
    print(*(f'{scores[i]:8.3f} {names[i]}' for i in (-scores).argsort()[:5]), sep='\n')
