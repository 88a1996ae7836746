"""Trading's tests stand on the sandbox cashier's real process where they pay, and on its keys everywhere."""

from __future__ import annotations

from tests.finance.conftest import _cashier_process, _sandbox_keys, cashier

__all__ = ["_cashier_process", "_sandbox_keys", "cashier"]
