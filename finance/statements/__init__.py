"""Account statements: what moved on one ledger account in a period, with the balance after each movement."""

from finance.statements.lines import Line, Statement, statement_of

__all__ = ["Line", "Statement", "statement_of"]
