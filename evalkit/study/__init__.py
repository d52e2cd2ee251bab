"""A review study: who reviews which drafts in which order, how far it is, and what came out."""
