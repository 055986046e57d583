"""What a person may ask of projects, their evidence and their verification."""
