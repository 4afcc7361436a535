"""The plugin's registries: one child of each MMEngine root it adds to.

With ``default_scope = 'famevil_plugin'`` (or the prefix ``famevil_plugin.``)
a config may name the plugin's classes as strings; ``locations`` are imported
on the first look-up, never at package import.
"""

from mmengine import registry as root


def _child(parent: root.Registry, *folders: str) -> root.Registry:
    return root.Registry(
        parent.name,
        parent=parent,
        scope='famevil_plugin',
        locations=[f'famevil_plugin.{folder}' for folder in folders],
    )


# data sets, samplers and transforms
DATASETS = _child(root.DATASETS, 'datasets')
DATA_SAMPLERS = _child(root.DATA_SAMPLERS, 'datasets')
TRANSFORMS = _child(root.TRANSFORMS, 'datasets')

# the model, its heads and the data preprocessor
MODELS = _child(root.MODELS, 'models')

# loops, hooks and optimisation
LOOPS = _child(root.LOOPS, 'engine')
HOOKS = _child(root.HOOKS, 'engine')
OPTIM_WRAPPERS = _child(root.OPTIM_WRAPPERS, 'engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child(root.OPTIM_WRAPPER_CONSTRUCTORS, 'engine')
MODEL_WRAPPERS = _child(root.MODEL_WRAPPERS, 'engine')
LOG_PROCESSORS = _child(root.LOG_PROCESSORS, 'engine')

# metrics and pictures
METRICS = _child(root.METRICS, 'evaluation')
VISUALIZERS = _child(root.VISUALIZERS, 'visualization')
# functions that draw examples, each under the name of its examples' class
PANELS = root.Registry(
    'panel', scope='famevil_plugin', locations=['famevil_plugin.visualization']
)

# the plugin adds nothing to these; without a child MMEngine warns at each
# look-up in the plugin's scope
OPTIMIZERS = _child(root.OPTIMIZERS)
PARAM_SCHEDULERS = _child(root.PARAM_SCHEDULERS)
VISBACKENDS = _child(root.VISBACKENDS)
