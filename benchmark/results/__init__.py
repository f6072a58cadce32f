"""What a run found, told: as JSON, as a table on the terminal, as docs/performance.md and its picture."""
