"""A typed client of a Karbonica carbon-credit registry."""

from karbonica_client import models
from karbonica_client.client import NotSealed, Registry, RegistryRefused

__all__ = ["NotSealed", "Registry", "RegistryRefused", "models"]
