"""What a person may ask: each stands once, and the JSON route and the form on a page call it alike."""
