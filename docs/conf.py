"""How Sphinx builds the documents: `make docs`.  Nothing is fetched while they are built, nor when they are read."""

import re
import sys
from pathlib import Path
from types import GenericAlias

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent.parent))  # these very sources, whatever is installed

from lime_core import arrays
from lime_core.version import __version__

project = "LIME dashboard"
author = "the authors of LIME dashboard"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
default_role = "py:obj"  # what docstrings have between single backticks is code

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
# A class and a function whose names differ only in their case need two files everywhere.
_IN_BOTH_CASES = ("curve", "faithfulness", "fidelity")
autosummary_filename_map = {f"lime_core.{name}": f"lime_core.{name}-function" for name in _IN_BOTH_CASES}
autodoc_preserve_defaults = True
# Kinds of arrays stand in signatures by their names.
autodoc_type_aliases = {name: name for name, kind in vars(arrays).items() if isinstance(kind, GenericAlias)}
numpydoc_show_class_members = False  # the template of a class lists them

html_theme = "pydata_sphinx_theme"
html_title = project
html_favicon = "../assets/icon.png"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
# Pages without pages below them have nothing to list beside them.
html_sidebars = {"index": [], "benchmarks": [], "adding-your-own": []}
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
}


def plain_text(app, what, name, obj, options, lines):
    """|weight| is an absolute value in docstrings, and a substitution in reStructuredText."""
    lines[:] = [re.sub(r"(?<!\\)\|(\w[^|`]*)\|", r"\\|\1\\|", line) for line in lines]


def write_math(self, node):
    """Formulas as MathML, which browsers draw by themselves: no script has to be loaded."""
    tex = node.astext().replace("½", r"\tfrac{1}{2}")
    try:
        self.body.append(convert(tex, display="block" if isinstance(node, nodes.math_block) else "inline"))
    except Exception as error:  # of its parser, which raises many kinds
        logging.getLogger(__name__).warning("formula: %s", error, location=node)
    raise nodes.SkipNode


def setup(app):
    app.connect("autodoc-process-docstring", plain_text, priority=900)  # after numpydoc
    app.add_html_math_renderer("mathml", (write_math, None), (write_math, None))
