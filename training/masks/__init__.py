"""Class maps from points: what a network learns from where annotators gave only points.

Flow: photograph and points -> `mcconnell2021` (the paper's, section 3.1.1) or `watershed` (the project's own)
-> class map. `training.masks` as a command writes them; `compare` measures both on phantoms.
"""

from training.masks.mcconnell2021 import paper_mask
from training.masks.watershed import watershed_mask

__all__ = ["paper_mask", "watershed_mask"]
