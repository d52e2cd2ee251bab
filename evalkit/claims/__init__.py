"""From a note to findings: sentences, what each claims, and whether the session supports it."""
