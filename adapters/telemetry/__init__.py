"""What a process tells those who watch it; nothing of this is loaded before a setting asks for it."""
