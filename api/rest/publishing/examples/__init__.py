"""Examples of the routes of publishing, for the OpenAPI document."""
