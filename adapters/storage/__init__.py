"""Object storage: what workers do there, and what browsers are let do by signed addresses."""
