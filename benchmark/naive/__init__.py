"""The baseline: how the published notebook's way would be served without a second thought.

`naive_entry.py` is the handler of an archive of its own, `archive.py` builds it with a version's weights.
"""
