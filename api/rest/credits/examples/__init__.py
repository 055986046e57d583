"""Examples of the routes of credits, for the OpenAPI document."""
