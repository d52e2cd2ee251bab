"""`evalkit findings list|show|reproduce`."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Findings: list them, show one, reproduce one.")
