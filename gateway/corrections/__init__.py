"""What people change by hand: edits to one revision's nuclei, kept as a layer with a score of its own."""
