"""Benchmarks: fields of known difficulty, and what this machine makes of them."""
