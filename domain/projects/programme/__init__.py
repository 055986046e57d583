"""What the programme asks for beside the evidence: that the public is heard before a project is registered."""
