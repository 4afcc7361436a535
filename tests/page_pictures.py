"""The pictures of the web page in docs/images, taken anew in a real browser.

``python -m tests.page_pictures WORK_DIR`` after the quick start; it needs the
extra `page`, Playwright and Chromium.
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from famevil_plugin.inference import FashionInferencer, Gallery
from famevil_plugin.inference.page import build_page

from .conftest import ROOT
from .test_inference.test_page import WAIT, found, open_browser, open_tab

SIZE = dict(width=1280, height=900)
# of the photos to try, which are the same after every quick start
CHANGED, NAMED, DESCRIBED = 4, 4, 3


def take_photo(page: Any, place: int) -> None:
    """Click on one of the photos to try."""
    offered = page.locator('[role=tabpanel]:visible .grid-wrap button')
    offered.nth(place).click()
    page.locator('[role=tabpanel]:visible [data-testid=image] img').wait_for()
    page.evaluate('scrollTo(0, 0)')


def search(page: Any) -> None:
    """Black leather ankle boots."""
    page.get_by_label('Search by a text').fill('black leather ankle boots')
    page.get_by_role('button', name='Search', exact=True).click()
    found(page)


def change(page: Any) -> None:
    """A photo, but red and with long sleeves."""
    open_tab(page, 'Change this photo')
    take_photo(page, CHANGED)
    page.get_by_label('but', exact=True).fill('is red and has long sleeves')
    page.get_by_role('button', name='Find').click()
    found(page)


def classify(page: Any) -> None:
    """A photo with its own text."""
    open_tab(page, 'What is it')
    take_photo(page, NAMED)
    page.get_by_role('button', name='Name it').click()
    page.get_by_text(re.compile('Answered in')).wait_for()


def describe(page: Any) -> None:
    """A photo alone."""
    open_tab(page, 'Describe it')
    take_photo(page, DESCRIBED)
    page.get_by_role('button', name='Describe it', exact=True).click()
    page.get_by_text(re.compile('Written in')).wait_for()


VISITS: tuple[Callable[[Any], None], ...] = (search, change, classify, describe)


def main() -> None:
    """Serve the page, visit each tab and keep what is seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('model', metavar='WORK_DIR')
    parser.add_argument('--out', type=Path, default=ROOT / 'docs/images')
    args = parser.parse_args()
    model = FashionInferencer(args.model)
    served = build_page(model, Gallery.of_config(model))
    _, address, _ = served.launch(
        prevent_thread_lock=True, quiet=True, show_error=True, footer_links=[]
    )
    with open_browser() as browser:
        for visit in VISITS:
            page = browser.new_page(viewport=SIZE)
            page.set_default_timeout(5 * WAIT)
            page.goto(address)
            visit(page)
            page.wait_for_timeout(2000)
            shot = args.out / f'page_{visit.__name__}.png'
            page.screenshot(path=shot)
            Image.open(shot).convert('RGB').save(shot.with_suffix('.jpg'), quality=88)
            shot.unlink()
    served.close()


if __name__ == '__main__':
    main()
