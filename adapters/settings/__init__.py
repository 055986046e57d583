"""What the registry reads from its environment; docs/settings.md lists it."""

from adapters.settings.settings import Settings, load_settings

__all__ = ["Settings", "load_settings"]
