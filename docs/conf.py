"""Sphinx: the documentation as a site.

sphinx-build -W docs site
"""

from famevil_plugin import __version__

project = 'famevil_plugin'
copyright = 'the authors of famevil_plugin'
release = __version__

extensions = [
    'myst_parser',
    'sphinx.ext.autodoc',
    'sphinx.ext.mathjax',
    'sphinx.ext.napoleon',
    'sphinx.ext.viewcode',
]
myst_enable_extensions = ['dollarmath']
myst_heading_anchors = 3
napoleon_custom_sections = [
    (name, 'params_style') for name in ('Metainfo', 'Data', 'Predictions')
]
napoleon_use_ivar = True
napoleon_use_rtype = False
autodoc_member_order = 'bysource'
autodoc_typehints = 'none'
autodoc_default_options = {'members': True}

html_theme = 'furo'
html_title = f'famevil_plugin {release}'
exclude_patterns = ['table']
