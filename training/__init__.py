"""Training side: phantoms and data sets in; weights, metrics and pictures out."""
