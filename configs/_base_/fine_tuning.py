"""What fine-tuning on a catalogue of any size has in common.

``by_data`` is evaluated at the start, by what lies under ``data_root``: a
training has so many ``passes`` over the items of all tasks, but ``at_least``
and ``at_most`` so many iterations, and ``validations`` on the way; and
``labels`` names by task the setting that is the number of its classes. What
``--cfg-options`` say counts more; ``by_data=None`` turns it off.
"""

from famevil_plugin.engine import ResumableEarlyStoppingHook

by_data = dict(
    passes=10,
    at_least=600,
    at_most=20000,
    validations=8,
    labels=dict(scr='model.heads.scr.num_classes'),
)
early_stopping = dict(type=ResumableEarlyStoppingHook, monitor='mean', patience=3)

# of the small model on photos and words that its CLIP has not seen
new_rates = {
    'clip.text': dict(lr_mult=1),
    'cross_adapters': dict(lr_mult=4, shared=False),
    'heads.fic': dict(lr_mult=5, shared=False),
}
