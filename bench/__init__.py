"""The benchmark of the performance budget: `make bench`."""
