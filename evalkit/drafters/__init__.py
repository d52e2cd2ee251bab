"""Drafters: one file each. A drafter turns a request (session, format, approach) into a note."""
