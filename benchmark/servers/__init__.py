"""Servers to measure, each on free ports and in a folder of its own, stopped whatever happens."""
