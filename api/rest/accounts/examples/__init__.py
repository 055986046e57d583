"""Examples of the routes of accounts, for the OpenAPI document."""
