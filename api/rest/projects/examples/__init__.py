"""Examples of the routes of projects, for the OpenAPI document."""
