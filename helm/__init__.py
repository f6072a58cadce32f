"""The chart `ki67`, what writes its README, and the versions command in a cluster."""
