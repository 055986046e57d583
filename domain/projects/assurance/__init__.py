"""What a verified tonne rests on: methodologies, verification statements, and staff's checklist."""
