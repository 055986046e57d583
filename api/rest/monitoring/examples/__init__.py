"""What the OpenAPI document shows of monitoring data."""
