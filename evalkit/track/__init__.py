"""The only door to MLflow: a run goes in, is read back and counted, and comes out again.

The run's own folder is the source of truth; MLflow holds a copy to look at and compare, with all
that it takes to reproduce a finding. Real transcripts never go there: see `privacy.py`.
"""

from evalkit.track.fetch import fetched, parent_runs
from evalkit.track.log import track
from evalkit.track.privacy import Privacy, is_local, may_log
from evalkit.track.read import Receipt, metrics, read_back

__all__ = [
    "Privacy",
    "Receipt",
    "fetched",
    "is_local",
    "may_log",
    "metrics",
    "parent_runs",
    "read_back",
    "track",
]
