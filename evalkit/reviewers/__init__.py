"""Reviewers: models of a clinician who reviews a draft, one file each."""
