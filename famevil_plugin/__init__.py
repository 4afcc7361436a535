"""FAME-ViL for MMEngine: one CLIP with small adapters, four fashion tasks.

Importing the package loads nothing heavy: MMEngine finds ``registry.py`` by
the scope ``famevil_plugin``, and the registries import what a config names.
"""

__version__ = '0.1.0'
