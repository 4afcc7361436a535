"""Facet recognition: photos, head and scores together."""

import numpy as np
import pytest
import torch

from famevil_plugin.datasets.mini_fashion import FACETS
from famevil_plugin.models import AdaptedCLIP
from famevil_plugin.pretraining import FacetHead, FacetPhotos, FacetScores
from famevil_plugin.structures import FashionSample
from tests.conftest import BACKBONE, draw_few


@pytest.fixture(scope='module')
def photos(tmp_path_factory) -> FacetPhotos:
    """Each training photo of eight products."""
    return FacetPhotos(
        data_root=str(draw_few(tmp_path_factory, 8, 2, 8, 8, 2, 2)), split='train'
    )


def test_each_photo_is_an_item(photos):
    names = [path for item in photos for path in item['image_paths']]
    assert len(names) == len(set(names)) == len(photos) > 8
    item = photos[0]
    assert 'text' not in item
    assert FACETS['kind'][item['gt_facets'][0]] == 'T-SHIRTS'
    assert item['gt_facets'].shape == (len(FACETS),)


def test_views_of_an_evaluation(photos):
    root = photos.data_prefix['img_path'].removesuffix('FashionGen')
    views = FacetPhotos(data_root=root, split='val', test_mode=True)
    assert all('image_path' in view and 'gt_facets' in view for view in views)


def test_learns_what_is_seen():
    """Blank photos of two colours: the facets that go with them are learnt."""
    encoder = AdaptedCLIP(BACKBONE, tasks=('facets',))
    head = FacetHead(
        task='facets', encoder_widths=dict(embedding=BACKBONE['embed_dim'], text=20)
    )
    image = torch.stack([torch.full((3, 32, 32), value) for value in (-1.0, 1.0)])
    labels = np.array([[0] * len(FACETS), [1] * len(FACETS)])
    samples = [
        FashionSample(metainfo=dict(task='facets', sample_idx=i, inputs=('image',)))
        for i in range(2)
    ]
    for sample, row in zip(samples, labels):
        sample.set_field(row, 'gt_facets')
    optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], 3e-3)
    losses = []
    for _ in range(40):
        output = head.tensor(encoder, dict(image=image), samples)
        loss = head.loss(output)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    cross_entropies = [
        torch.nn.functional.cross_entropy(output.logits[name], output.targets[name])
        for name in FACETS
    ]
    assert losses[-1] == pytest.approx(sum(cross_entropies).item(), rel=1e-5)
    assert losses[-1] < 0.2 * losses[0]
    head.predict(encoder, dict(image=image), samples)
    metric = FacetScores()
    metric.process(None, [sample.to_dict() for sample in samples])
    scores = metric.evaluate(size=2)
    assert scores == dict.fromkeys([*FACETS, 'mean'], 100.0)
    assert metric.facts['chance']['kind'] == 50
