"""What a person may ask of who they are: signing in, staying so, signing out."""
