"""The web page in a real browser, where Chromium is."""

import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from famevil_plugin.inference import FashionInferencer, Gallery
from tests.conftest import ROOT

gradio = pytest.importorskip('gradio')
playwright = pytest.importorskip('playwright.sync_api')

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'google-chrome'))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason='there is no Chromium')
WAIT = 60_000  # milliseconds


@pytest.fixture(scope='module')
def address(inferencer: FashionInferencer, photos: list[str]) -> Iterator[str]:
    """A served page over a small gallery."""
    from famevil_plugin.inference.page import build_page

    page = build_page(inferencer, Gallery.of_config(inferencer))
    _, address, _ = page.launch(
        prevent_thread_lock=True, quiet=True, max_file_size='1mb', show_error=True
    )
    yield address
    page.close()


@contextmanager
def open_browser() -> Iterator[Any]:
    """A headless Chromium of the system."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=['--no-sandbox']
        )
        yield browser
        browser.close()


@pytest.fixture(scope='module')
def browser() -> Iterator[Any]:
    """One for all visits."""
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """A visit."""
    page = browser.new_page(viewport=dict(width=1200, height=1000))
    page.set_default_timeout(WAIT)
    page.goto(address)
    yield page
    page.close()


def found(page: Any) -> Any:
    """The strip of the tab that is open, with its answers."""
    page.get_by_text(re.compile(r'The best \d+ of')).locator('visible=true').wait_for()
    strip = page.locator('.grid-wrap button:has(.caption-label)').locator(
        'visible=true'
    )
    strip.first.wait_for()
    return strip


def upload(page: Any, path: Path | str) -> None:
    """Give a photo to the tab that is open, and wait until it is there."""
    field = page.locator('[role=tabpanel]:visible input[type=file]').first
    with page.expect_response(lambda response: '/upload' in response.url):
        field.set_input_files(str(path))
    page.wait_for_timeout(1000)


def open_tab(page: Any, name: str) -> None:
    page.get_by_role('tab', name=name).click()


@needs_browser
@pytest.mark.slow
def test_a_query_shows_a_strip(page, inferencer):
    page.get_by_label('Search by a text').fill('a red dress with long sleeves')
    page.get_by_role('button', name='Search', exact=True).click()
    strip = found(page)
    assert strip.count() == 8
    assert re.fullmatch(r'1\. -?\d\.\d\d', strip.first.inner_text().strip())
    assert page.get_by_text('What is known of them').locator('visible=true').count()
    # a title and a description are told apart
    assert page.get_by_text(re.compile(r'[a-z]\. [A-Z]')).count()
    assert not page.get_by_text(re.compile(r'[a-z]\.[A-Z]')).count()


@needs_browser
@pytest.mark.slow
def test_a_photo_and_a_wish_find_photos(page, photos):
    open_tab(page, 'Change this photo')
    upload(page, photos[0])
    page.get_by_label('but', exact=True).fill('is red')
    page.get_by_role('button', name='Find').click()
    assert found(page).count() == 8


@needs_browser
@pytest.mark.slow
def test_a_text_file_named_as_a_photo_is_explained(page, photos, tmp_path):
    fake = tmp_path / 'dress.jpg'
    fake.write_text('this is a text')
    upload(page, fake)
    page.get_by_role('button', name='Search', exact=True).click()
    page.get_by_text('This file cannot be read as a photo').wait_for()
    # the page goes on
    page.get_by_label('Search by a text').fill('a red dress')
    page.reload()
    page.get_by_label('Search by a text').fill('a red dress')
    page.get_by_role('button', name='Search', exact=True).click()
    assert found(page).count() == 8


@needs_browser
@pytest.mark.slow
def test_classes_and_descriptions(page, photos):
    open_tab(page, 'What is it')
    upload(page, photos[0])
    page.get_by_role('button', name='Name it').click()
    page.get_by_text('Please write what is said of the product').wait_for()
    page.get_by_label('What is said of it').fill('a red dress')
    page.get_by_role('button', name='Name it').click()
    page.get_by_text(re.compile('Answered in')).wait_for()
    open_tab(page, 'Describe it')
    upload(page, photos[0])
    page.get_by_role('button', name='Describe it', exact=True).click()
    page.get_by_text(re.compile('Written in')).wait_for()
    written = page.locator('[role=tabpanel]:visible textarea').last
    assert written.input_value()


@needs_browser
@pytest.mark.slow
def test_long_texts_and_large_files_are_refused(page, tmp_path):
    page.get_by_label('Search by a text').fill('red ' * 600)
    page.get_by_role('button', name='Search', exact=True).click()
    page.get_by_text('please write at most 2,000').wait_for()
    large = tmp_path / 'large.png'
    Image.effect_noise((1400, 1400), 99).save(large)
    field = page.locator('[role=tabpanel]:visible input[type=file]').first
    field.set_input_files(str(large))
    page.get_by_text('exceed the maximum allowed size').first.wait_for()


def test_no_file_is_served(address, photos, tmp_path):
    secret = tmp_path / 'secret.jpg'
    Image.new('RGB', (9, 9)).save(secret)
    for path in ('/etc/passwd', secret, ROOT / 'README.md', photos[0], '../README.md'):
        quoted = urllib.parse.quote(str(path))
        for road in ('gradio_api/file=', 'file=', 'gradio_api/file/'):
            with pytest.raises(urllib.error.HTTPError) as error:
                urllib.request.urlopen(f'{address}{road}{quoted}')
            assert error.value.code in (403, 404, 405)


def test_photos_have_bounds(tmp_path):
    from famevil_plugin.inference.page import open_upload

    def take(path: Path) -> Any:
        return open_upload(gradio.data_classes.ImageData(path=str(path)))

    large = tmp_path / 'large.png'
    Image.new('1', (6000, 6000)).save(large)
    with pytest.raises(gradio.Error, match='6000 x 6000 pixels, expected at most'):
        take(large)
    Image.new('CMYK', (3, 3)).save(tmp_path / 'cmyk.jpg')
    assert take(tmp_path / 'cmyk.jpg').mode == 'RGB'
