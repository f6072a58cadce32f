"""Versions of the model: recipes, the archives built from them, and the TorchServe that serves those."""
