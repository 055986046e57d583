"""Examples of the routes of chain, for the OpenAPI document."""
