"""What other layers do with payments; each verb lives in the module that it is imported from."""

from finance.domain.notifications import apply_notification
from finance.domain.orders import ProviderAway, close_payment, request_payment
from finance.domain.polling import poll_pending
from finance.domain.refunds import refund

__all__ = ["ProviderAway", "apply_notification", "close_payment", "poll_pending", "refund", "request_payment"]
