"""How many sessions, replicates and reviewers a difference needs, before money is spent."""
