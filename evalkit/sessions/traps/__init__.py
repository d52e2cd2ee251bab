"""Traps: places in a session that invite a false claim. One file and one class a trap."""
