"""Commands that have a file of their own: each a few lines that call the public functions."""
