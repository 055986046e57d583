"""Examples of the routes of audit, for the OpenAPI document."""
