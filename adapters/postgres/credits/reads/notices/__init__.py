"""What the public is told was taken back, and why."""
