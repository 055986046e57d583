"""Examples of reports for the OpenAPI document."""
