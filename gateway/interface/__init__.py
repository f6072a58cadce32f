"""What surrounds every operation alike: how often one may ask, from which pages, through which proxies."""
