"""Sphinx configuration: warnings are errors (`sphinx-build -n -W`), and nothing is fetched."""

from importlib.metadata import version as installed_version

project = "mlmcore"
author = "The mlmcore authors"
copyright = "2026, the mlmcore authors"  # noqa: A001  (Sphinx reads this name)
release = installed_version("mlmcore")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.doctest"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_generated"]
html_theme = "furo"
html_title = f"mlmcore {release}"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
nitpicky = True
