"""The model as a whole: routing, losses, gradients, predictions."""

import copy

import pytest
import torch

from famevil_plugin.findings import TaskStart
from famevil_plugin.models import FAMEViL, FICHead, SCRHead, TGIRHead, XMRHead
from famevil_plugin.models.weights import pretrained
from famevil_plugin.tokenizer import build_tokenizer
from tests.conftest import BACKBONE, TASKS, TOKENIZER

from .conftest import make_samples, perturb_weights


@pytest.mark.parametrize('task', TASKS)
def test_gradients_reach_only_the_tasks_own_parts(model, inputs, task):
    perturb_weights(model)
    model(inputs, make_samples(task), 'loss')[f'{task}/loss'].backward()
    touched = {
        name
        for name, p in model.named_parameters()
        if p.grad is not None and p.grad.abs().sum() > 0
    }
    for other in TASKS:
        own = [
            n
            for n in touched
            if f'banks.{other}.' in n or n.startswith(f'heads.{other}.')
        ]
        assert bool(own) == (other == task)
    assert any(n.startswith('encoder.clip.visual') for n in touched)
    crossing = {n.split('.')[2] for n in touched if 'cross_adapters' in n}
    assert (
        crossing
        == dict(xmr=set(), tgir={'image', 'text'}, scr={'image', 'text'}, fic={'text'})[
            task
        ]
    )


def test_untrained_losses_are_those_of_chance(model, inputs):
    # 16 cos of random embeddings is no uniform guess, so only the two
    # heads that begin near zero are held to it
    for task, classes in (('scr', 7), ('fic', 600)):
        loss = model(inputs, make_samples(task), 'loss')[f'{task}/loss']
        assert loss.item() == pytest.approx(torch.tensor(classes).log().item(), rel=0.3)


def test_named_logits(model, inputs):
    shapes = {
        task: {
            name: tuple(logits.shape)
            for name, logits in model(inputs, make_samples(task)).logits.items()
        }
        for task in TASKS
    }
    words = int((inputs['tokens'].argmax(1)).sum())
    assert shapes == dict(
        xmr=dict(image_to_text=(3, 3), text_to_image=(3, 3)),
        tgir=dict(query_to_target=(3, 3)),
        scr=dict(subcategory=(3, 7)),
        fic=dict(next_token=(words, 600)),
    )


def test_padding_counts_up_to_the_context_length(inputs):
    """However the batch was trimmed, and whatever id fills it."""
    model = FAMEViL(
        dict(backbone=BACKBONE),
        dict(
            fic=dict(
                type=FICHead, tokenizer=build_tokenizer(**TOKENIZER), count_padding=True
            )
        ),
    )
    perturb_weights(model)
    whole = model(inputs, make_samples('fic'))
    assert whole.logits['next_token'].shape == (3 * 23, 600)
    tokens = inputs['tokens']
    longest = int(tokens.argmax(1).max()) + 1
    padding = model.encoder.text_tower.padding(tokens)
    for same in (tokens[:, :longest], tokens.masked_fill(padding, 599)):
        other = model(inputs | dict(tokens=same), make_samples('fic'))
        torch.testing.assert_close(other, whole)


def test_predictions(model, inputs):
    model.eval()
    with torch.no_grad():
        for task, fields in dict(
            xmr=('image_embedding', 'text_embedding'),
            tgir=('query_embedding', 'target_embedding'),
            scr=('pred_scores',),
            fic=('pred_caption', 'gt_caption'),
        ).items():
            samples = model(inputs, make_samples(task), 'predict')
            assert len(samples) == 3
            assert all(field in s for s in samples for field in fields)
        assert samples[1].gt_caption == 'boots .'
        embedding = model(inputs, make_samples('xmr'), 'predict')[0].image_embedding
        assert embedding.norm().item() == pytest.approx(4.0)


def test_batch_of_images_and_texts(model, inputs):
    samples = make_samples('xmr')
    kinds = [('image',), ('tokens',), ('image',)]
    for sample, kind in zip(samples, kinds):
        sample.set_metainfo(dict(inputs=kind))
    mixed = dict(image=inputs['image'][:2], tokens=inputs['tokens'][:1])
    image, text, other = model(mixed, samples, 'predict')
    assert 'image_embedding' in image and 'text_embedding' not in image
    assert 'text_embedding' in text and 'image_embedding' not in text
    alone = model(dict(image=inputs['image'][1:2]), samples[2:], 'predict')
    torch.testing.assert_close(other.image_embedding, alone[0].image_embedding)


def test_captions_do_not_depend_on_the_batch(model, inputs):
    perturb_weights(model)
    model.eval()
    head = model.heads['fic']
    for beams in (1, 3):
        head.beams = beams
        together = model(inputs, make_samples('fic'), 'predict')
        for i, whole in enumerate(together):
            alone = model(
                dict(image=inputs['image'][i : i + 1]),
                make_samples('fic')[i : i + 1],
                'predict',
            )
            assert alone[0].pred_caption == whole.pred_caption


def test_no_task_of_another_model(model, inputs):
    only = FAMEViL(dict(backbone=BACKBONE), dict(xmr=dict(type=XMRHead)))
    with pytest.raises(ValueError, match="no head for task 'fic'.*for xmr"):
        only(inputs, make_samples('fic'), 'loss')


def test_settings_of_the_preprocessor_alone(inputs):
    given = dict(text_multiple=8)
    heads = dict(xmr=dict(type=XMRHead))
    model = FAMEViL(dict(backbone=BACKBONE), heads, data_preprocessor=given)
    plain = FAMEViL(dict(backbone=BACKBONE), heads).data_preprocessor
    assert model.data_preprocessor.text_multiple == 8 and given == dict(text_multiple=8)
    assert torch.equal(model.data_preprocessor.mean, plain.mean)
    assert model.data_preprocessor.texts == plain.texts == {'tokens'}


def test_any_name_is_a_task(inputs):
    heads = dict(men=dict(type=XMRHead), women=dict(type=XMRHead))
    model = FAMEViL(dict(backbone=BACKBONE), heads)
    losses = model(inputs, make_samples('women'), 'loss')
    assert list(losses) == ['women/loss']


def test_a_head_must_be_an_entry():
    with pytest.raises(
        ValueError, match='heads.xmr.type must be .*Linear.* lacks title'
    ):
        FAMEViL(dict(backbone=BACKBONE), dict(xmr=dict(type=torch.nn.Linear)))


def test_label_beyond_the_classes(model, inputs):
    samples = make_samples('scr')
    samples[0].gt_label = 7
    with pytest.raises(ValueError, match='sub-category 7.*knows 7'):
        model(inputs, samples, 'loss')


def test_copies_compute_the_same(model, inputs):
    perturb_weights(model)
    twin = copy.deepcopy(model)
    model.encoder.clip.visual.conv1.weight.data.zero_()
    a = model(inputs, make_samples('xmr')).logits['image_to_text']
    b = twin(inputs, make_samples('xmr')).logits['image_to_text']
    assert not torch.allclose(a, b)


@pytest.mark.parametrize(
    ('tasks', 'sides'),
    [(('xmr',), []), (('fic',), ['text']), (('xmr', 'tgir'), ['image', 'text'])],
)
def test_only_towers_that_look_have_adapters_for_it(tasks, sides):
    kinds = dict(
        xmr=dict(type='famevil_plugin.XMRHead'),
        tgir=dict(type=TGIRHead),
        fic=dict(type=FICHead, tokenizer=TOKENIZER),
    )
    heads = {task: kinds[task] for task in tasks}
    model = FAMEViL(dict(backbone=BACKBONE), heads)
    assert list(model.encoder.cross_adapters) == sides
    # unless the config says it
    both = dict(backbone=BACKBONE, cross_sides=['image'])
    assert list(FAMEViL(both, heads).encoder.cross_adapters) == ['image']


def tiny_model(weights, cross_bottleneck=4, **kwargs):
    return FAMEViL(
        dict(backbone=BACKBONE, pretrained=weights, cross_bottleneck=cross_bottleneck),
        dict(xmr=dict(type=XMRHead), fic=dict(type=FICHead, tokenizer=TOKENIZER)),
        **kwargs,
    )


@pytest.mark.parametrize(('task', 'kind'), [('tgir', TGIRHead), ('scr', SCRHead)])
@pytest.mark.parametrize(
    ('query', 'reads'),
    [('fused', {'image', 'tokens'}), ('image', {'image'}), ('text', {'tokens'})],
)
def test_what_a_query_is_made_of(task, kind, query, reads, images, tokens):
    """To see what either input brings alone."""
    model = FAMEViL(dict(backbone=BACKBONE), {task: dict(type=kind, query=query)})
    perturb_weights(model)
    answer = next(iter(model.heads[task].answers().values())).function
    whole = answer(model.encoder, images, tokens)
    changed = {
        'image': answer(model.encoder, images.flip(0), tokens),
        'tokens': answer(model.encoder, images, tokens.flip(0)),
    }
    for name, other in changed.items():
        assert torch.allclose(other, whole) == (name not in reads), name


def test_a_query_of_nothing_known():
    with pytest.raises(ValueError, match="unknown query 'both' of the SCRHead: exp"):
        FAMEViL(dict(backbone=BACKBONE), dict(scr=dict(type=SCRHead, query='both')))


PARTS = ['encoder.cross_adapters.text', 'heads.fic']


def test_parts_begin_as_the_file_holds_them(tmp_path):
    trained = tiny_model(None)
    perturb_weights(trained)
    torch.save(trained.state_dict(), tmp_path / 'trained.pth')
    file = str(tmp_path / 'trained.pth')
    begun = tiny_model(file, pretrained_parts=PARTS).state_dict()
    alone = tiny_model(file).state_dict()
    for name, weight in trained.state_dict().items():
        if '.up.' in name and name.startswith('encoder'):
            shipped = name.startswith(PARTS[0])
            assert torch.equal(begun[name], weight) == shipped, name
            assert not torch.equal(alone[name], weight), name
        elif name.startswith(('encoder.clip', 'heads.fic')):
            assert torch.equal(begun[name], weight), name


def test_what_the_file_lacks_begins_anew(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(pretrained, 'print_log', lambda text, logger: said.append(text))
    state = tiny_model(None).encoder.state_dict()
    clip = {name: weight for name, weight in state.items() if name.startswith('clip.')}
    torch.save({f'encoder.{k}': v for k, v in clip.items()}, tmp_path / 'clip.pth')
    tiny_model(str(tmp_path / 'clip.pth'), pretrained_parts=PARTS)
    assert said == [
        f'{tmp_path}/clip.pth lacks encoder.cross_adapters.text, heads.fic: begun anew'
    ]


def test_parts_of_another_shape_are_refused(tmp_path):
    torch.save(tiny_model(None).state_dict(), tmp_path / 'narrow.pth')
    with pytest.raises(
        ValueError,
        match='cross_adapters.text in .* is of another model: .* misshapen.*'
        "Take 'encoder.cross_adapters.text' out of model.pretrained_parts",
    ):
        tiny_model(str(tmp_path / 'narrow.pth'), 6, pretrained_parts=PARTS)


def start(task, items, batch_size=4, mode='train'):
    return TaskStart(mode, task, items, len(items), batch_size)


@pytest.mark.parametrize('mode', ['train', 'val', 'test'])
def test_labels_that_the_head_cannot_hold(model, mode):
    classes = model.heads.scr.classifier.out_features
    labels = [0, classes, classes + 2, classes, classes - 1]
    whole = start('scr', [dict(gt_label=label) for label in labels], mode=mode)
    model.heads.scr.check_start(whole)
    (fault,) = whole.faults
    assert fault.spell() == (
        f'sub-categories do not fit the SCR head, which knows {classes} (2): number '
        f'{classes} of 2 items; number {classes + 2} of 1 items. Set '
        f'model.heads.scr.num_classes to {classes + 3} or more'
    )
    fitting = start('scr', [dict(gt_label=classes - 1), dict(text='none')], mode=mode)
    model.heads.scr.check_start(fitting)
    assert not fitting.faults and not fitting.notes


@pytest.mark.parametrize(
    ('task', 'name'), [('xmr', 'product_id'), ('tgir', 'target_id')]
)
def test_contrastive_batches_that_cannot_teach(model, task, name):
    def ask(names, batch_size, mode='train'):
        own = start(task, [{name: each} for each in names], batch_size, mode)
        model.heads[task].check_start(own)
        return [finding.spell() for finding in own.faults + own.notes]

    assert ask('abcd', 4) == ask('abcdabcd', 4) == ask('a', 1, mode='val') == []
    assert ask('a', None) == []
    (alone,) = ask('abcd', 1)
    assert 'without a second item to compare with (1): batches of 1' in alone
    assert 'Set train_dataloader.batch_size to 2 or more' in alone
    (same,) = ask('aaaaaa', 4)
    assert f'where all items are the same (1): {name}: 1 different' in same
    (few,) = ask('abcabcabc', 4)
    assert 'some are their own negatives' in few
    assert f'{name}: 3 different, batches of 4' in few and 'at most 3' in few


@pytest.mark.parametrize('task', ['scr', 'fic'])
def test_other_batches_may_be_of_one(model, task):
    own = start(task, [dict(gt_label=0, product_id=0)], 1)
    model.heads[task].check_start(own)
    assert not own.faults and not own.notes


def test_a_head_that_knows_only_how_many_items_there_are(model):
    for items in ([], [dict(text='coat')] * 3):
        own = TaskStart('train', 'xmr', items, 3, 4)
        model.heads.xmr.check_start(own)
        assert '3 different, batches of 4' in own.notes[0].spell()
