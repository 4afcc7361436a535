"""The authors' names for our weights.

A model of the authors' code (BrandonHanx/FAME-ViL, commit 7a259a08) is a CLIP
of transformers with the adapters inside its layers; ours leaves open_clip's
CLIP as it is and keeps the adapters beside it. The weights are the same.
"""

import re

AUTHORS_TASKS = dict(xmr='itc', tgir='tgir', scr='scr', fic='cap')
AUTHORS_TOWERS = dict(image='vision_model', text='text_model')

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
_BLOCK = {
    'ln_1.{kind}': 'layer_norm1.{kind}',
    'attn.in_proj_{kind}': 'self_attn.{qkv}_proj.{kind}',
    'attn.out_proj.{kind}': 'self_attn.out_proj.{kind}',
    'ln_2.{kind}': 'layer_norm2.{kind}',
    'mlp.c_fc.{kind}': 'mlp.fc1.{kind}',
    'mlp.c_proj.{kind}': 'mlp.fc2.{kind}',
}
_IMAGE = {
    'class_embedding': 'embeddings.class_embedding',
    'conv1.weight': 'embeddings.patch_embedding.weight',
    'positional_embedding': 'embeddings.position_embedding.weight',
    'ln_pre.{kind}': 'pre_layrnorm.{kind}',
    'ln_post.{kind}': 'post_layernorm.{kind}',
}
_TEXT = {
    'token_embedding.weight': 'embeddings.token_embedding.weight',
    'positional_embedding': 'embeddings.position_embedding.weight',
    'ln_final.{kind}': 'final_layer_norm.{kind}',
}
_OUTSIDE = {
    'encoder.clip.logit_scale': 'clip.logit_scale',
    'encoder.clip.visual.proj': 'clip.visual_projection.weight',
    'encoder.clip.text.text_projection': 'clip.text_projection.weight',
    'heads.xmr.normalise.scale': 'heads.itc.norm_s',
    'heads.tgir.normalise.scale': 'heads.tgir.norm_s',
    'heads.scr.classifier.{kind}': 'heads.scr.{kind}',
    'heads.fic.to_vocabulary.{kind}': 'heads.cap.{kind}',
}
_FIELDS = dict(kind='weight|bias', layer=r'\d+', task='|'.join(AUTHORS_TASKS))


def _whole_table() -> dict[str, str]:
    """Templates of their names by templates of ours."""
    table = dict(_OUTSIDE)
    for side, module, tower_parts in (
        ('image', 'visual', _IMAGE),
        ('text', 'text', _TEXT),
    ):
        tower = f'clip.{AUTHORS_TOWERS[side]}.'
        layer = tower + 'encoder.layers.{layer}.'
        for ours, theirs, parts in (
            (f'encoder.clip.{module}.', tower, tower_parts),
            (f'encoder.clip.{module}.transformer.resblocks.{{layer}}.', layer, _BLOCK),
            (
                f'encoder.task_adapters.{side}.banks.{{task}}.{{layer}}.',
                layer + 'adapt_mlp{task}.',
                _BOTTLENECK,
            ),
            (
                f'encoder.cross_adapters.{side}.{{layer}}.',
                layer + 'cross_attn.',
                _CROSS,
            ),
        ):
            table |= {ours + a: theirs + b for a, b in parts.items()}
    return table


def _as_pattern(template: str) -> re.Pattern[str]:
    pattern = re.escape(template)
    for field, values in _FIELDS.items():
        pattern = pattern.replace(rf'\{{{field}\}}', f'(?P<{field}>{values})')
    return re.compile(pattern)


_PATTERNS = [(_as_pattern(ours), theirs) for ours, theirs in _whole_table().items()]


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
    for pattern, template in _PATTERNS:
        if match := pattern.fullmatch(name):
            fields = match.groupdict()
            if 'task' in fields:
                fields['task'] = (
                    '' if unnamed else (f'.{AUTHORS_TASKS[fields["task"]]}')
                )
            parts = 'qkv' if '{qkv}' in template else '-'
            return [template.format(**fields, qkv=part) for part in parts]
    return []
