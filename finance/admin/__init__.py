"""The finance module of the back office."""

from finance.admin import ledger, payments, payouts, reconciliation

__all__ = ["ledger", "payments", "payouts", "reconciliation"]
