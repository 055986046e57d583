"""What every request passes through: limits, an id and an access log, the cache of public reads."""
