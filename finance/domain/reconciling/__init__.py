"""Reconciliation: what providers booked, what we recorded and what the ledger says, compared day by day."""

from finance.domain.reconciling.cases import assign, close_day, resolve
from finance.domain.reconciling.compare import reconcile

__all__ = ["assign", "close_day", "reconcile", "resolve"]
