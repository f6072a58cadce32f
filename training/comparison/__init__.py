"""The compared systems of the paper's Table 2 and the colour baseline, under one equal budget.

Flow: specs in `training/compared` -> `systems` (train each, measure each, with `speed`) -> `table` ->
Markdown and JSON.
"""
