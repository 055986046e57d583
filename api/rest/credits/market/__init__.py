"""What is offered, asked for and set aside."""
