"""What a model does in a run, timed: ours and the baseline's."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import Tensor

from famevil_plugin.models import FAMEViL, FICHead, TaskHead
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO, TEXT

from .eager import (
    EagerEncoder,
    eager_captions,
    eager_loss,
    eager_optimizer,
    pad_texts,
    spelt_out,
)
from .measuring import Result, Work, alternate, count_flops, matmul_work

#: The learning rate of timed steps: they change the weights by little.
_RATE = 1e-8
#: The bias of a token that is never written.
_NEVER = -1e4


def make_batch(model: FAMEViL, task: str, size: int, tokens: int) -> dict[str, Any]:
    """A batch as the dataloader gives it, of random photos and texts.

    Args:
        model (FAMEViL): For the sizes of its inputs.
        task (str): The task.
        size (int): Items.
        tokens (int): Length of the longest text; the others are evenly
            spread down to half of it.

    Raises:
        ValueError: If the task reads something else than photos and texts.
    """
    head, text = cast(TaskHead, model.heads[task]), model.encoder.text_tower
    photo = (size, 3, *model.encoder.image_tower.image_size)
    end = text.vocabulary_size - 1
    ids = torch.randint(end - 1, (size, text.context_length))
    lengths = torch.linspace(tokens, max(tokens // 2, 2), size).long()
    place = torch.arange(text.context_length)
    ids = ids.masked_fill(place >= lengths[:, None], 0)
    ids[torch.arange(size), lengths - 1] = end
    makers = {
        PHOTO: lambda: torch.randint(256, photo, dtype=torch.uint8),
        TEXT: lambda: ids,
    }
    other = [name for name, kind in head.inputs.items() if kind not in makers]
    if other:
        raise ValueError(
            f'the size of the {task} inputs {", ".join(other)} is not known: steps '
            'are timed of tasks that read photos and texts; name others by --tasks'
        )
    meta = dict(task=task, inputs=tuple(head.inputs))
    return dict(
        inputs={name: makers[kind]() for name, kind in head.inputs.items()},
        data_samples=[
            FashionSample(metainfo=meta | dict(sample_idx=i), **head.example())
            for i in range(size)
        ],
    )


class Workload(NamedTuple):
    """A model with a batch of one of its tasks, and how to time it.

    Attributes:
        model (FAMEViL): The model.
        task (str): The task.
        batch (Mapping): From :func:`make_batch`.
        amp (bool): Whether ours runs in bfloat16; the baseline never does.
        against_eager (bool): Whether the baseline takes turns.
        repeats (int): Turns that count.
    """

    model: FAMEViL
    task: str
    batch: Mapping[str, Any]
    amp: bool = False
    against_eager: bool = False
    repeats: int = 5

    def inputs(self) -> dict[str, Tensor]:
        """The batch as the model reads it."""
        return self.model.data_preprocessor(dict(self.batch))['inputs']

    def time(self, what: str, unit: str, ours: Work, eager: Work) -> Result:
        """Let ours, the baseline and a matrix product take turns."""
        device = next(self.model.parameters()).device
        dtype = torch.bfloat16 if self.amp else torch.float32
        product, product_flops = matmul_work(device, dtype)
        works = dict(ours=ours, product=product)
        if self.against_eager:
            works['eager'] = eager
        flops = count_flops(ours)
        measured = alternate(works, self.repeats)
        peak = product_flops / measured.pop('product').seconds
        items = len(self.batch['data_samples'])
        return Result(f'{self.task} {what}', unit, items, measured, flops, peak)

    def precision(self) -> Any:
        """Ours runs in it."""
        device = next(self.model.parameters()).device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.amp)


def time_training(
    load: Workload, config: Config, compiled: bool = False, distilled: bool = False
) -> Result:
    """A step, from photos and ids to new weights.

    Args:
        load (Workload): The model is trained, at a rate that changes little.
        config (Config): Gives the optim wrapper, that of mixed precision
            where ``amp``.
        compiled (bool): Whether ours is compiled, as by ``compile=True``.
        distilled (bool): Whether the task learns from a teacher besides, a
            copy of the model at the start.
    """
    model = load.model
    settings = copy.deepcopy(config.optim_wrapper)
    settings.optimizer.lr = _RATE
    teacher = None
    if distilled:
        teacher = copy.deepcopy(model).eval().requires_grad_(False)
        model.teachers.hold(load.task, teacher)
    plain = copy.deepcopy(model) if load.against_eager else model
    wrapper = build_optim_wrapper(model, settings)
    train_step = torch.compile(model.train_step) if compiled else model.train_step
    model.train()

    def ours() -> Tensor:
        return train_step(dict(load.batch), wrapper)['loss'].detach()

    optimizer = eager_optimizer(plain, _RATE)

    def eager() -> Tensor:
        given = plain.data_preprocessor(dict(load.batch), True)
        with spelt_out():
            loss = eager_loss(plain, given['inputs'], given['data_samples'], teacher)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.detach()

    what = 'distilled step' if distilled else 'step'
    return load.time(what, 'items', ours, eager)


def time_captions(load: Workload, beams: int, length: int) -> Result:
    """Captions of a batch's photos, none of which ends before its limit.

    Args:
        load (Workload): Of a task with :class:`FICHead`.
        beams (int): Beams; 1 is greedy.
        length (int): Tokens of a caption, both ends included.
    """
    model = load.model.eval()
    plain = cast(FICHead, model.heads[load.task])
    head = cast(FICHead, plain.adjusted(beams=beams, max_length=length))
    with torch.no_grad():
        head.to_vocabulary.bias[head.special.end] = _NEVER
    image = load.inputs()['image']

    @torch.inference_mode()
    def ours() -> Tensor:
        with load.precision():
            return head.generate(model.encoder, image)

    @torch.inference_mode()
    def eager() -> Tensor:
        with spelt_out():
            return eager_captions(model, head, image)

    how = 'captions, greedy' if beams == 1 else f'captions, {beams} beams'
    return load.time(how, 'captions', ours, eager)


def time_answers(load: Workload) -> Iterator[Result]:
    """The answers of a task's head: embeddings, scores of classes."""
    model, inputs = load.model.eval(), load.inputs()
    padded, plain = pad_texts(model, inputs), EagerEncoder(model.encoder)
    for name, answer in cast(TaskHead, model.heads[load.task]).answers().items():
        function, keys = answer.function, answer.inputs

        @torch.inference_mode()
        def ours(function: Any = function, keys: Any = keys) -> Tensor:
            with load.precision():
                return function(model.encoder, *(inputs[key] for key in keys))

        @torch.inference_mode()
        def eager(function: Any = function, keys: Any = keys) -> Tensor:
            with spelt_out():
                return function(plain, *(padded[key] for key in keys))

        yield load.time(name, 'items', ours, eager)
