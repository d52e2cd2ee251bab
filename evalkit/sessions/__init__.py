"""Sessions: generated with a ledger of what is true, or loaded from a source."""
