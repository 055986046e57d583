"""Named queries of projects, verifications and their documents, for JSON and pages alike; each says who may see what it returns."""
