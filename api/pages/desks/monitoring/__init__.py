"""Monitoring on the desks: where a project lies, its devices, and the tonnes of its rounds."""
