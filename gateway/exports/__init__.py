"""Records and nuclei for other programs, a module for each format: a layer of nuclei in, bytes out."""
