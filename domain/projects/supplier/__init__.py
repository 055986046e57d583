"""What concerns the supplier of a project alone."""
