"""A web page to ask a model: four tabs, made with gradio.

Photos come in through the one door for photos, and go out as pictures that
were drawn again: no path of this machine reaches the page, and no file of it
is served.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from PIL import Image

from famevil_plugin.evaluation.row_metric import evenly_spaced
from famevil_plugin.photos import FORMATS, decode_photo, open_photo
from famevil_plugin.registry import DATASETS
from famevil_plugin.tasks import PHOTO, TEXT

from .fashion_inferencer import FashionInferencer
from .gallery import Gallery
from .model_source import evaluation_loaders
from .results import Match

#: Letters of a text at most; a model reads a few sentences.
MAX_LETTERS = 2000
_SHOWN = 12
_EXAMPLES = 8
_THUMBNAIL = (320, 400)
_TITLES = dict(
    retrieve='Search',
    compose='Change this photo',
    classify='What is it',
    describe='Describe it',
)

class Examples(NamedTuple):
    """Things to try, from the model's own data.

    Attributes:
        photos (list[str]): Paths.
        queries (list[str]): Texts to search by.
        wishes (list[str]): What may be different of a photo.
    """

    photos: list[str]
    queries: list[str]
    wishes: list[str]

class PhotoInput(gr.Image):
    """gradio's photo, opened by the package's own door."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        """The uploaded file -> upright RGB.

        Raises:
            gr.Error: If it is no photo that can be read, with the reason.
        """
        if payload is None or payload.path is None:
            return None
        try:
            return decode_photo(Path(payload.path).read_bytes())
        except ValueError as error:
            raise gr.Error(
                f'This file cannot be read as a photo ({error}). Please give a '
                f'{", ".join(FORMATS)} file.',
                duration=None,
                print_exception=False,
            ) from None
    from collections.abc import Callable, Sequence
    from typing import TYPE_CHECKING, Any, Literal

    from gradio.blocks import Block

    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component

def find_examples(model: FashionInferencer, gallery: Gallery) -> Examples:
    """Photos and texts of the gallery, and wishes of the model's test data.

    What is not there leaves its examples out.
    """
    items = [gallery.items[row] for row in evenly_spaced(len(gallery), 4 * _EXAMPLES)]
    texts = [item.text.split('.')[0] for item in items if item.text]
    wishes: list[str] = []
    for task, entry in model.tasks.items():
        dataset = evaluation_loaders(model.cfg).get(task, {}).get('dataset')
        there = dataset and Path(dataset.get('data_root', '/nowhere')).is_dir()
        if entry.embedding(PHOTO, TEXT) and there:
            data = DATASETS.build(dataset | dict(pipeline=[]))
            infos = (data.get_data_info(i) for i in evenly_spaced(len(data), 60))
            wishes += [info['text'] for info in infos if info.get('text')]
    photos = [item.path for item in items[:: max(1, len(items) // _EXAMPLES)]]
    return Examples(photos, texts[:4], wishes[:4])

def build_page(model: FashionInferencer, gallery: Gallery) -> gr.Blocks:
    """The page, not yet served.

    Args:
        model (FashionInferencer): To be asked; it gets a tab for each of the
            four verbs that it has.
        gallery (Gallery): To be searched.
    """
    examples = find_examples(model, gallery)
    verbs = {entry.verb for entry in model.tasks.values()}
    tabs = dict(
        retrieve=_search_tab,
        compose=_change_tab,
        classify=_classify_tab,
        describe=_describe_tab,
    )
    with gr.Blocks(title='Fashion search', analytics_enabled=False) as page:
        gr.Markdown(
            f'## Fashion search\n{len(gallery):,} photos can be searched. '
            'What you give stays on this machine.'
        )
        with gr.Tabs():
            for verb, build in tabs.items():
                if verb in verbs:
                    with gr.Tab(_TITLES[verb], id=verb):
                        build(model, gallery, examples)
    return page

# ---------------------------------------------------------------------- tabs

def _search_tab(model: FashionInferencer, gallery: Gallery, examples: Examples) -> None:
    def search(text: str, photo: Image.Image | None) -> Any:
        if photo is None and not (text or '').strip():
            raise gr.Error('Please write what you look for, or give a photo.')
        query = _check_text(text) if (text or '').strip() else photo
        return _timed(lambda: model.retrieve(query, gallery, _SHOWN), gallery)

    with gr.Row():
        with gr.Column(scale=1):
            text = gr.Textbox(
                label='Search by a text', placeholder='a red dress with long sleeves'
            )
            photo = PhotoInput(label='or by a photo', height=220)
            button = gr.Button('Search', variant='primary')
            if examples.queries:
                gr.Examples([[one] for one in examples.queries], [text], label='Try')
            _offer_photos(examples, photo)
        with gr.Column(scale=2):
            status, found = gr.Markdown(), _strip()
    for start in (button.click, text.submit):
        start(search, [text, photo], [status, found], api_visibility='private')

def _change_tab(model: FashionInferencer, gallery: Gallery, examples: Examples) -> None:
    def change(photo: Image.Image | None, wish: str) -> Any:
        if photo is None:
            raise gr.Error('Please give a photo to start from.')
        if not (wish or '').strip():
            raise gr.Error('Please write what should be different.')
        text = _check_text(wish)
        return _timed(lambda: model.compose(photo, text, gallery, _SHOWN), gallery)

    with gr.Row():
        with gr.Column(scale=1):
            photo = PhotoInput(label='As in this photo', height=220)
            wish = gr.Textbox(label='but', placeholder='is red and has long sleeves')
            button = gr.Button('Find', variant='primary')
            if examples.wishes:
                gr.Examples([[one] for one in examples.wishes], [wish], label='Try')
            _offer_photos(examples, photo)
        with gr.Column(scale=2):
            status, found = gr.Markdown(), _strip()
    for start in (button.click, wish.submit):
        start(change, [photo, wish], [status, found], api_visibility='private')

def _classify_tab(
    model: FashionInferencer, gallery: Gallery, examples: Examples
) -> None:
    task = model.abilities.find('classify')
    reads_text = model.abilities.reads_text(task, 'pred_scores')

    def classify(photo: Image.Image | None, text: str) -> Any:
        if photo is None:
            raise gr.Error('Please give a photo.')
        if reads_text and not (text or '').strip():
            raise gr.Error(
                'Please write what is said of the product: the model reads the photo '
                'and its text together.'
            )
        start = time.perf_counter()
        (answer,) = model.classify(photo, _check_text(text) if reads_text else None)
        labels = {label.label: label.score / 100 for label in answer.labels}
        return f'Answered in {time.perf_counter() - start:.2f} s.', labels

    with gr.Row():
        with gr.Column(scale=1):
            photo = PhotoInput(label='Photo of the product', height=220)
            text = gr.Textbox(
                label='What is said of it', lines=3, max_lines=6, visible=reads_text
            )
            button = gr.Button('Name it', variant='primary')
            if examples.queries and reads_text:
                gr.Examples([[one] for one in examples.queries], [text], label='Try')
            _offer_photos(examples, photo)
        with gr.Column(scale=2):
            status, labels = gr.Markdown(), gr.Label(label='Sub-category')
    button.click(classify, [photo, text], [status, labels], api_visibility='private')

def _describe_tab(
    model: FashionInferencer, gallery: Gallery, examples: Examples
) -> None:
    def describe(photo: Image.Image | None) -> Any:
        if photo is None:
            raise gr.Error('Please give a photo.')
        start = time.perf_counter()
        (answer,) = model.describe(photo)
        return f'Written in {time.perf_counter() - start:.2f} s.', answer.text

    with gr.Row():
        with gr.Column(scale=1):
            photo = PhotoInput(label='Photo of the product', height=220)
            button = gr.Button('Describe it', variant='primary')
            _offer_photos(examples, photo)
        with gr.Column(scale=2):
            status = gr.Markdown()
            text = gr.Textbox(label='Description', lines=5, buttons=['copy'])
    button.click(describe, [photo], [status, text], api_visibility='private')

# --------------------------------------------------------------------- parts

def _offer_photos(examples: Examples, photo: gr.Image) -> None:
    """Small photos to take by a click."""
    pictures = [one for one in map(_draw, examples.photos) if one is not None]
    if not pictures:
        return
    offered = gr.Gallery(
        pictures,
        label='Photos to try',
        columns=4,
        height=180,
        allow_preview=False,
        interactive=False,
        buttons=[],
    )

    def take(event: gr.SelectData) -> Any:
        return pictures[int(event.index)]

    offered.select(take, None, photo, api_visibility='private')

def _strip() -> gr.Gallery:
    return gr.Gallery(
        label='Found', columns=4, height='auto', object_fit='contain', interactive=False
    )

def _timed(
    search: Callable[[], list[Match]], gallery: Gallery
) -> tuple[str, list[Any]]:
    """What a search found, and how long it took."""
    start = time.perf_counter()
    matches = search()
    spent = time.perf_counter() - start
    status = f'The best {len(matches)} of {len(gallery):,} photos, in {spent:.2f} s.'
    return status, list(_cards(matches))

def _cards(matches: list[Match]) -> Iterator[tuple[Image.Image, str]]:
    for rank, match in enumerate(matches, 1):
        picture = _draw(match.path)
        if picture is None:
            picture = Image.new('RGB', _THUMBNAIL, 'lightgrey')
        said = [*_facts(match.fields), match.text.split('.')[0]]
        about = ', '.join(dict.fromkeys(filter(None, said)))
        yield picture, f'{rank}. {about} (score {match.score:.2f})'

def _facts(fields: Mapping[str, Any]) -> list[str]:
    """What a shop wants to see beside a photo."""
    names = ('title', 'sub_category', 'garment', 'product', 'product_id', 'image_id')
    return [str(fields[name]) for name in names if fields.get(name) is not None]

def _draw(path: str) -> Image.Image | None:
    """A small picture of a photo, or None if it is gone."""
    try:
        photo = open_photo(path)
    except ValueError:
        return None
    photo.thumbnail(_THUMBNAIL)
    return photo

def _check_text(text: str) -> str:
    if len(text) > MAX_LETTERS:
        raise gr.Error(
            f'The text has {len(text):,} letters; please write at most '
            f'{MAX_LETTERS:,}. The model reads a few sentences.'
        )
    return text
