"""The authors' names for our weights.

A model of the authors' code (BrandonHanx/FAME-ViL, commit 7a259a08) is a CLIP
of transformers with the adapters inside its layers; ours leaves open_clip's
CLIP as it is and keeps the adapters beside it. The weights are the same.
CLIP's own names are in :mod:`~famevil_plugin.models.weights.clip_names`.
"""

from famevil_plugin.models.weights.clip_names import (
    CLIP_PREFIX,
    TOWERS,
    transformers_names,
)
from famevil_plugin.models.weights.name_table import NameTable

AUTHORS_TASKS = dict(xmr='itc', tgir='tgir', scr='scr', fic='cap')

_BOTTLENECK = {
    'norm.{kind}': 'adapter_layer_norm_before.{kind}',
    'down.{kind}': 'down_proj.{kind}',
    'up.{kind}': 'up_proj.{kind}',
    'scale': 'scale',
}
_CROSS = {
    'query_norm.{kind}': 'query_layernorm.{kind}',
    'context_norm.{kind}': 'context_layernorm.{kind}',
    'query.{kind}': 'query.{kind}',
    'key.{kind}': 'key.{kind}',
    'value.{kind}': 'value.{kind}',
} | {
    f'adapter.{ours}': f'xattn_adapter.{theirs}' for ours, theirs in _BOTTLENECK.items()
}
_HEADS = {
    'heads.xmr.normalise.scale': 'heads.itc.norm_s',
    'heads.tgir.normalise.scale': 'heads.tgir.norm_s',
    'heads.scr.classifier.{kind}': 'heads.scr.{kind}',
    'heads.fic.to_vocabulary.{kind}': 'heads.cap.{kind}',
}


def _adapters(side: str) -> dict[str, str]:
    layer = f'clip.{TOWERS[side]}.encoder.layers.{{layer}}.'
    task = f'encoder.task_adapters.{side}.banks.{{task}}.{{layer}}.'
    cross = f'encoder.cross_adapters.{side}.{{layer}}.'
    return {
        task + ours: f'{layer}adapt_mlp{{task}}.{theirs}'
        for ours, theirs in _BOTTLENECK.items()
    } | {cross + ours: f'{layer}cross_attn.{theirs}' for ours, theirs in _CROSS.items()}


_TABLE = NameTable(
    _HEADS | _adapters('image') | _adapters('text'),
    kind='weight|bias',
    layer=r'\d+',
    task='|'.join(AUTHORS_TASKS),
)


def authors_names(name: str, unnamed: bool = False) -> list[str]:
    """Their names for one of our weights.

    Args:
        name (str): A key of our model's ``state_dict``.
        unnamed (bool): Whether the TSA bear no task's name, as in the
            authors' single-task models. Defaults to False.

    Returns:
        list[str]: One name; three where ours holds query, key and value in
        one; none if they have no such weight.

    Example:
        >>> authors_names('encoder.clip.text.ln_final.bias')
        ['clip.text_model.final_layer_norm.bias']
    """
    if name.startswith(CLIP_PREFIX):
        clip = transformers_names(name.removeprefix(CLIP_PREFIX))
        return [f'clip.{theirs}' for theirs in clip]
    found = _TABLE.find(name)
    if found is None:
        return []
    template, fields = found
    if 'task' in fields:
        fields['task'] = '' if unnamed else f'.{AUTHORS_TASKS[fields["task"]]}'
    return [template.format(**fields)]
