"""The encoder's pathways and the heads' scores, as the authors' code
computes them from the same weights."""

import pytest
from torch import Tensor, nn

from famevil_plugin.models import FAMEViL
from famevil_plugin.models.weights.authors import AUTHORS_TASKS
from tests.conftest import TASKS
from tests.parity import read_states

FUSING = ('tgir', 'scr')


@pytest.fixture(scope='module')
def student(reference) -> FAMEViL:
    """The recorded four-task model."""
    return reference.model('student').eval().requires_grad_(False)


@pytest.fixture(scope='module')
def recorded(reference) -> dict[str, Tensor]:
    """Recorded outputs of the authors' code."""
    return reference.tensors('forward')


@pytest.fixture(scope='module')
def is_text(reference) -> Tensor:
    """``(B, L)``: where the texts are no padding. Their padding attends to
    less than ours, and nothing but the caption's loss ever looks at it."""
    return reference.tensors('inputs')['attention_mask'].bool()


class Watch:
    """Keeps what goes through a module."""

    def __init__(self, module: nn.Module) -> None:
        module.register_forward_hook(self)

    def __call__(
        self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor
    ) -> None:
        self.input, self.output = inputs[0], output


@pytest.mark.parametrize('task', TASKS)
def test_contrastive_mode(reference, deviations, student, recorded, task):
    inputs, theirs = reference.inputs('xmr'), AUTHORS_TASKS[task]
    deviations.check(
        'contrastive: image features',
        student.encoder.encode_image(inputs['image'], task),
        recorded[f'image_features/{theirs}'],
    )
    text = student.encoder.encode_text(inputs['tokens'], task)
    deviations.check(
        'contrastive: text features', text, recorded[f'text_features/{theirs}']
    )
    if task == 'xmr':
        deviations.check(
            'contrastive: text features', text, recorded['text_features_nomask/itc']
        )


def test_last_states(reference, deviations, student, recorded, is_text):
    """Of all positions, as a memory has them; an embedding reads one alone."""
    inputs, encoder = reference.inputs('xmr'), student.encoder
    *_, image = encoder.encode_memory(inputs['image'], 'xmr')
    deviations.check(
        'contrastive: last states', image, recorded['vision_last_hidden/itc']
    )
    tower = encoder.text_tower
    y = tower.embed(inputs['tokens'])
    for layer in range(len(tower)):
        y = encoder.complete('text', 'xmr', layer, tower.attend(layer, y))
    deviations.check(
        'contrastive: last states',
        tower.normalise(y)[is_text],
        recorded['text_last_hidden/itc'][is_text],
    )


@pytest.mark.parametrize('task', FUSING)
def test_fusion_mode(reference, deviations, recorded, task):
    """Each side alone shows when the other is projected to zero."""
    inputs = reference.inputs(task)
    for side in ('image', 'text'):
        encoder = reference.model('student').encoder.requires_grad_(False)
        clip = encoder.clip
        other = clip.text.text_projection if side == 'image' else (clip.visual.proj)
        other.zero_()
        deviations.check(
            'fusion: projected vectors',
            encoder.fuse(inputs['image'], inputs['tokens'], task),
            recorded[f'xattn_{side}/{task}'],
        )


@pytest.mark.parametrize('task', FUSING)
def test_cross_attention_adapters(
    reference, deviations, student, recorded, is_text, task
):
    watches = {
        (side, layer): Watch(adapter)
        for side, adapters in student.encoder.cross_adapters.items()
        for layer, adapter in enumerate(adapters)
    }
    inputs = reference.inputs(task)
    student.encoder.fuse(inputs['image'], inputs['tokens'], task)
    for (side, layer), watch in watches.items():
        tower = dict(image='vision', text='text')[side]
        got = watch.output
        theirs = recorded[f'xattn_layer/{task}/{tower}_model.{layer}']
        if got.size(1) == 1:  # the last one, whose other states nobody reads
            theirs = read_states(side, theirs, inputs['tokens'])
        elif side == 'text':
            got, theirs = got[is_text], theirs[is_text]
        deviations.check('fusion: XAA of each layer', got, theirs)


def test_generative_mode(reference, deviations, student, recorded, is_text):
    inputs = reference.inputs('fic')
    encoder, head = student.encoder, student.heads['fic']
    memory = encoder.encode_memory(inputs['image'], 'fic')
    for layer, states in enumerate(memory):
        deviations.check('captioning: memory', states, recorded[f'cap_memory/{layer}'])
    deviations.check(
        'captioning: hidden states',
        encoder.decode(memory, inputs['tokens'], 'fic'),
        recorded['cap_hidden_nomask'],
    )
    hidden = encoder.decode(memory, inputs['tokens'], 'fic', padding=~is_text)
    deviations.check('captioning: hidden states', hidden, recorded['cap_hidden'])
    deviations.check(
        'captioning: logits', head.to_vocabulary(hidden), recorded['cap_logits']
    )


def head_outputs(reference, model: FAMEViL, task: str) -> list[Tensor]:
    """Recorded outputs of a task: its embeddings or its scores."""
    head, encoder = model.heads[task], model.encoder
    inputs = reference.inputs(task)
    if task == 'xmr':
        return [
            head.embed_image(encoder, inputs['image']),
            head.embed_text(encoder, inputs['tokens']),
        ]
    if task == 'tgir':
        return [
            head.embed_query(encoder, inputs['image'], inputs['tokens']),
            head.embed_target(encoder, inputs['target_image']),
        ]
    return list(model(inputs, reference.samples(task)).logits.values())


RECORDS = dict(
    xmr=('scores', 'targets'),
    tgir=('comp_feats', 'tar_feats'),
    scr=('scores',),
    fic=('scores',),
)


@pytest.mark.parametrize('task', TASKS)
def test_heads(reference, deviations, student, recorded, task):
    theirs = AUTHORS_TASKS[task]
    for name, got in zip(
        RECORDS[task], head_outputs(reference, student, task), strict=True
    ):
        deviations.check(f'heads: {task}', got, recorded[f'{theirs}/{name}'])


@pytest.mark.parametrize('task', TASKS)
def test_teachers(reference, deviations, task):
    theirs = AUTHORS_TASKS[task]
    teacher = reference.model(f'teacher_{theirs}').eval()
    teacher.requires_grad_(False)
    recorded = reference.tensors('kd')
    for name, got in zip(
        RECORDS[task], head_outputs(reference, teacher, task), strict=True
    ):
        deviations.check(f'teachers: {task}', got, recorded[f'{theirs}/teacher_{name}'])
