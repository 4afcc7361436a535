"""Row 9, FAME-ViL: row 8, distilled from row 4."""

from mmengine.config import read_base

with read_base():
    from .row04_st import model as teacher
    from .row04_st import single_task as recipes
    from .row08_mtl_tsa_xaa import *

model.teachers = {
    task: dict(
        model=dict(teacher, heads={task: head}),
        checkpoint=f'work_dirs/row04_st_{task}/'
        f'iter_{recipes[task].train_cfg.max_iters}.pth',
    )
    for task, head in teacher.heads.items()
}
