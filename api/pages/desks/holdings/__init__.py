"""What somebody holds: looked at, offered, asked for, handed over, retired."""
