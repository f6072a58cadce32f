"""`python -m benchmark.records`: how fast the gateway finds records where there are a hundred thousand."""
