"""A session's ledger in, dialogue by any model out, checked without a model."""
