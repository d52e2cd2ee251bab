"""Judges: one file each. A judge looks at a draft and yields a finding for each sentence.

To add one: a file whose class derives from `Judge`, bears the file's name in `name`, and gives a
`Judgement` for each draft in `judge`. An experiment names its judges; the scorers read the
findings of the first, and the report sets the others beside it.
"""
