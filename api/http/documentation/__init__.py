"""The OpenAPI document, and the facts that its examples tell of."""
