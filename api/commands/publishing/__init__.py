"""What a person may ask of what the world is told: events, webhooks, open data."""
