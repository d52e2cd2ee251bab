"""Judges: one file each. A judge looks at a draft and yields a finding for each sentence."""
