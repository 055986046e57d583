"""What is printed: each document as its pages, laid out."""
