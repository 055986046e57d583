"""Commands for people outside the registry. They may import `domain`, never the rest of it."""
