"""Learning rates over a training's length."""

from mmengine.optim import CosineAnnealingLR, LinearLR, MultiStepLR


def warm_up_cosine(max_iters, warm_up=50):
    """Rise for ``warm_up`` iterations, then fall to a hundredth by the end."""
    return [
        dict(type=LinearLR, start_factor=0.01, by_epoch=False, end=warm_up),
        dict(
            type=CosineAnnealingLR,
            eta_min_ratio=0.01,
            by_epoch=False,
            begin=warm_up,
            end=max_iters,
        ),
    ]


def drops(*milestones):
    """Fall to a tenth at each milestone."""
    return dict(
        type=MultiStepLR, milestones=list(milestones), gamma=0.1, by_epoch=False
    )
