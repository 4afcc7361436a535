"""A web page to ask a model: four tabs, made with gradio.

Photos come in through the one door for photos, and go out as pictures that
were drawn again: no path of this machine reaches the page, and no file of it
is served.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from PIL import Image

from famevil_plugin.evaluation.row_metric import evenly_spaced
from famevil_plugin.photos import FORMATS, decode_photo, open_photo
from famevil_plugin.registry import DATASETS
from famevil_plugin.tasks import PHOTO, TEXT
from famevil_plugin.visualization.cards import clean_line

from .fashion_inferencer import FashionInferencer
from .gallery import Gallery
from .gallery_items import GalleryItem
from .model_source import evaluation_loaders
from .results import Match

#: Letters of a text at most; a model reads a few sentences.
MAX_LETTERS = 2000
_SHOWN = 8
_EXAMPLES = 8
_THUMBNAIL = (320, 400)
# columns of what is known of a photo, and the fields that tell it
_COLUMNS = dict(
    product=('product', 'product_id', 'image_id'),
    kind=('sub_category', 'garment'),
    text=('title', 'description'),
)
_GONE = Image.new('RGB', (3, 4), 'lightgrey')
_TITLES = dict(
    retrieve='Search',
    compose='Change this photo',
    classify='What is it',
    describe='Describe it',
)


class Examples(NamedTuple):
    """Things to try, from the model's own data.

    Attributes:
        items (list[GalleryItem]): Photos of the gallery.
        queries (list[str]): Texts to search by.
        wishes (list[str]): What may be different of a photo.
    """

    items: list[GalleryItem]
    queries: list[str]
    wishes: list[str]


def open_upload(payload: Any) -> Image.Image | None:
    """The file that gradio received -> upright RGB, through the one door.

    Args:
        payload (ImageData | None): gradio's, with the ``path`` of its copy.

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
    few = items[:: max(1, len(items) // _EXAMPLES)]
    return Examples(few, texts[:4], wishes[:4])


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
            photo = _photo_input('or by a photo')
            button = gr.Button('Search', variant='primary')
            if examples.queries:
                gr.Examples([[one] for one in examples.queries], [text], label='Try')
            _offer_photos(examples, photo)
        with gr.Column(scale=2):
            answers = _answers()
    for start in (button.click, text.submit):
        start(search, [text, photo], answers, api_visibility='private')


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
            photo = _photo_input('As in this photo')
            wish = gr.Textbox(label='but', placeholder='is red and has long sleeves')
            button = gr.Button('Find', variant='primary')
            if examples.wishes:
                gr.Examples([[one] for one in examples.wishes], [wish], label='Try')
            _offer_photos(examples, photo)
        with gr.Column(scale=2):
            answers = _answers()
    for start in (button.click, wish.submit):
        start(change, [photo, wish], answers, api_visibility='private')


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
            photo = _photo_input('Photo of the product')
            text = gr.Textbox(
                label='What is said of it', lines=3, max_lines=6, visible=reads_text
            )
            button = gr.Button('Name it', variant='primary')
            _offer_photos(examples, photo, text)
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
            photo = _photo_input('Photo of the product')
            button = gr.Button('Describe it', variant='primary')
            _offer_photos(examples, photo)
        with gr.Column(scale=2):
            status = gr.Markdown()
            text = gr.Textbox(label='Description', lines=5, buttons=['copy'])
    button.click(describe, [photo], [status, text], api_visibility='private')


# --------------------------------------------------------------------- parts


def _photo_input(label: str) -> gr.Image:
    photo = gr.Image(label=label, height=220, sources=['upload', 'clipboard'])
    # gradio would open the file itself, without bounds and in its own words;
    # a subclass is no way, as gradio writes a .pyi file beside its module
    photo.preprocess = open_upload
    return photo


def _offer_photos(
    examples: Examples, photo: gr.Image, text: gr.Textbox | None = None
) -> None:
    """Small photos to take by a click, with what is said of them."""
    drawn = [(_draw(item.path), clean_line(item.text)) for item in examples.items]
    offers = [(picture, said) for picture, said in drawn if picture is not None]
    if not offers:
        return
    offered = gr.Gallery(
        [picture for picture, _ in offers],
        label='Photos to try',
        columns=3,
        height=250,
        allow_preview=False,
        interactive=False,
        buttons=[],
    )

    def take(event: gr.SelectData) -> Any:
        picture, said = offers[int(event.index)]
        return picture if text is None else (picture, said)

    filled = [photo] if text is None else [photo, text]
    offered.select(take, None, filled, api_visibility='private')


def _answers() -> list[Any]:
    """Where a search shows its status, its photos and what is known of them."""
    status = gr.Markdown()
    strip = gr.Gallery(
        label='Found',
        columns=4,
        height=440,
        object_fit='contain',
        interactive=False,
        buttons=[],
    )
    facts = gr.Dataframe(
        headers=['', 'score', *_COLUMNS],
        column_widths=['5%', '9%', '16%', '14%', '56%'],
        label='What is known of them',
        interactive=False,
        wrap=True,
        max_height=400,
    )
    return [status, strip, facts]


def _timed(search: Callable[[], list[Match]], gallery: Gallery) -> tuple[Any, ...]:
    """What a search found, and how long it took."""
    start = time.perf_counter()
    matches = search()
    spent = time.perf_counter() - start
    status = f'The best {len(matches)} of {len(gallery):,} photos, in {spent:.2f} s.'
    numbered = list(enumerate(matches, 1))
    return (
        status,
        [(_draw(one.path) or _GONE, f'{n}. {one.score:.2f}') for n, one in numbered],
        [[n, f'{one.score:.2f}', *_facts(one)] for n, one in numbered],
    )


def _facts(match: Match) -> list[str]:
    """What a shop wants to see beside a photo: one text a column."""
    known = match.fields
    return [
        ', '.join(str(known[name]) for name in names if known.get(name) is not None)
        or clean_line(said)
        for names, said in zip(_COLUMNS.values(), ('', '', match.text))
    ]


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
