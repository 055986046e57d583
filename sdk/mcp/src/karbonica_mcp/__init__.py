"""A registry's public side, for assistants that speak the Model Context Protocol."""
