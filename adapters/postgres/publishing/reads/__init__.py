"""Named queries of webhooks and open data, for JSON and pages alike; each says who may see what it returns."""
