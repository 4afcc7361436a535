"""The paper's model at its full size, as ONNX programs."""

import os
import shutil

import pytest
import torch
from mmengine.config import Config

from famevil_plugin.deployment.export_check import check_programs
from famevil_plugin.deployment.onnx_export import WEIGHTS, export_programs
from famevil_plugin.deployment.programs import collect_programs
from famevil_plugin.models.bare_model import build_bare
from tests.conftest import ROOT, TASKS
from tests.test_models.conftest import perturb_weights

# the other two tasks go ways that these go, too; FULL_SIZE=1 exports all four
TRIED = TASKS if os.environ.get('FULL_SIZE') else ('scr', 'fic')
# random words run on to the longest caption; a few tell as much
STEPS = 8


def make_batch(size: int, length: int) -> dict[str, torch.Tensor]:
    """Photos and texts."""
    tokens = torch.randint(49405, (size, length))
    tokens[:, 0], tokens[:, -1] = 49406, 49407
    photos = torch.randn(2, size, 3, 224, 224)
    return dict(image=photos[0], target_image=photos[1], tokens=tokens)


@pytest.mark.slow
def test_vit_b16_of_random_weights(tmp_path):
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')
    config.model.heads.fic.max_length = STEPS
    model = build_bare(config.model).requires_grad_(False)
    perturb_weights(model.encoder.task_adapters)
    perturb_weights(model.encoder.cross_adapters)
    found = collect_programs(model)
    programs = [program for program in found if program.task in TRIED]
    try:
        export_programs(programs, tmp_path, context_length=77)
        # each weight once, though most programs have the image encoder
        size = sum(parameter.nbytes for parameter in model.parameters())
        assert (tmp_path / WEIGHTS).stat().st_size < 1.01 * size
        batches = [make_batch(2, 77), make_batch(1, 9)]
        for task in TRIED:
            own = [program for program in programs if program.task == task]
            for finding in check_programs(own, batches, tmp_path, end=49407):
                print(finding)
                assert finding.agrees
    finally:
        shutil.rmtree(tmp_path)
