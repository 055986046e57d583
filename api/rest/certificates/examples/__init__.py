"""Examples of the routes of certificates, for the OpenAPI document."""
