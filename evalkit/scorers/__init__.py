"""Scorers: one file each. A scorer looks at one case and yields a score for each of its measures.

To add one: a file whose class derives from `Scorer`, bears the file's name in `name`, lists its
`measures`, and yields `self.of(case, measure, value)` for each of them in `score`.
"""
