"""Documents that the registry prints."""
