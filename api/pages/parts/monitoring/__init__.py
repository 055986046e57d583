"""Monitoring data as pages draw and tell it, for everybody and on the desks."""
