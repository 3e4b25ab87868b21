"""Sphinx: Markdown pages whose code blocks are executed, built without a network."""

from mixwell import __version__

project = "mixwell"
author = "mixwell developers"
project_copyright = "2026, mixwell developers"
version = release = __version__

extensions = ["myst_nb"]
exclude_patterns = ["_build", "jupyter_execute"]
root_doc = "index"

# Every build runs every page afresh and fails with the first cell that fails.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 900
nb_merge_streams = True
nb_code_prompt_show = "▸ show the code"
nb_code_prompt_hide = "▾ hide the code"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "mixwell"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["pages.css"]
