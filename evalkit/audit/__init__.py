"""Audit: hold the scorers against what people found."""
