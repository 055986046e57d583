"""Examples of the routes of ingestion, for the OpenAPI document."""
