"""Learning: what a person marked in a field, matched to a reference, scored, drawn and followed over time."""
