"""One believable story in examples, for the OpenAPI document; one file for each noun."""
