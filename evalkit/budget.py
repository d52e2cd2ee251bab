"""What an experiment may spend, in dollars: calls are promised their share before they are made."""

from __future__ import annotations


class Budget:
    """`spent` dollars so far, of at most `limit`; None is no limit.

    A call under way holds what it is expected to cost, so that many at once do not overspend
    together: what is spent can pass the limit only by as much as a call costs more than expected.
    """

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.spent = 0.0
        self._promised = 0.0
        self._under_way = 0

    @property
    def promised(self) -> bool:
        """Whether any call under way still holds its share."""
        return self._under_way > 0

    def promise(self, expected: float) -> bool:
        """Set `expected` dollars aside; False, and nothing set aside, where they are not left.

        >>> budget = Budget(0.10)
        >>> budget.promise(0.06), budget.promise(0.06)
        (True, False)
        >>> budget.settle(0.06, 0.02)
        >>> budget.promise(0.06)
        True
        """
        if self.limit is not None and self.spent + self._promised + expected > self.limit:
            return False
        self._promised += expected
        self._under_way += 1
        return True

    def kept(self, cost: float | None) -> None:
        """An answer of an earlier run is used again: what it cost then is spent."""
        self.spent += cost or 0.0

    def settle(self, expected: float, cost: float | None) -> None:
        """A call ended and cost this much; None where that is not known counts as expected."""
        self._under_way -= 1
        self._promised = max(0.0, self._promised - expected) if self._under_way else 0.0
        self.spent += expected if cost is None else cost
