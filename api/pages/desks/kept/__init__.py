"""What staff keep of what others say."""
