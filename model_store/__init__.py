"""Versions of the model: a recipe and weights each, the archive built from them, and how to serve it."""

SHIPPED_VERSIONS = ("1.1", "1.0")
"""Versions that `make run` serves, each a folder of `ki67/`; the first scores where a request names none."""
DEFAULT_VERSION = SHIPPED_VERSIONS[0]
