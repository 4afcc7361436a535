"""The recorded student as a model of ours, and its batch for each task."""

from types import SimpleNamespace

from torch import Tensor

from famevil_plugin.models import FAMEViL, HeadOutput
from famevil_plugin.models.authors_config import authors_config
from famevil_plugin.models.authors_layout import from_authors
from famevil_plugin.models.authors_names import AUTHORS_TASKS
from famevil_plugin.structures import FashionSample

from .parity import Reference

OUR_TASKS = {theirs: ours for ours, theirs in AUTHORS_TASKS.items()}


def build_student(reference: Reference) -> FAMEViL:
    """With the authors' captioning loss, which counts the padding."""
    weights = reference.weights('student')
    config = authors_config(weights)
    config.pop('type')
    # a vocabulary too small for CLIP's tokenizer, which no loss asks
    fic = config['heads']['fic']
    tokenizer = SimpleNamespace(
        **fic['tokenizer'], sot_token_id=198, eot_token_id=199)
    fic |= dict(tokenizer=tokenizer, count_padding=True)
    model = FAMEViL(**config)
    model.load_state_dict(from_authors(weights))
    return model


def student_output(model: FAMEViL, reference: Reference,
                   task: str) -> HeadOutput:
    """Logits and targets of the recorded batch, for a task of the authors."""
    dtype = next(model.parameters()).dtype
    batch = {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor
        for name, tensor in reference.tensors('inputs').items()
    }
    inputs = dict(
        image=batch['ref_image' if task == 'tgir' else 'image'],
        tokens=batch['input_ids'],
        target_image=batch['tar_image'])
    samples = [
        FashionSample(
            metainfo=dict(
                task=OUR_TASKS[task], sample_idx=n, inputs=tuple(inputs)),
            gt_label=label)
        for n, label in enumerate(batch['targets'].tolist())
    ]
    return model(inputs, samples)


def corner(tensor: Tensor) -> Tensor:
    """As much of a tensor as was recorded."""
    return tensor.flatten(1)[:8, :32] if tensor.ndim > 1 else (
        tensor.reshape(-1)[:256])
