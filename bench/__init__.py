"""Measurements of the registry on real parts, each beside its ceiling from the same run."""
