"""A package by name, so that `tests` is ours: a peer of the benchmarks installs one that is called so, too."""
