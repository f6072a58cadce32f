"""Measures how fast and how lean the service is; what it finds goes to docs/performance.md."""
