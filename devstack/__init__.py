"""Everything the registry needs on a laptop, started without containers."""
