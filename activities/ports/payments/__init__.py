"""What payments are kept in, and the provider whose pages take them."""
