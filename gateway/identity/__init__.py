"""Who somebody is: addresses, passwords, one-time tokens."""
