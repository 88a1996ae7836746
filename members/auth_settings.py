"""allauth, as Berth uses it: a phone number or an e-mail address and a code; no password for members (ADR 0011).

Also how the outbox delivers. Imported into berth.settings with a star: names in capitals only.
"""

from __future__ import annotations

import environ as _environ
from django.core.exceptions import ImproperlyConfigured as _ImproperlyConfigured

_env = _environ.Env()
_demo = _env.bool("BERTH_DEMO", default=False)

ACCOUNT_ADAPTER = "members.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
"""allauth's own verification is not used: a code has been entered before an account exists."""
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "30/m/ip,5/m/key,20/h/key",
    "login": "60/m/ip",
    "admin_login": "30/5m/ip,10/5m/key",
}
"""Codes sent per address and per recipient; tries to enter one per address; passwords tried at /admin/."""
ALLAUTH_TRUSTED_PROXY_COUNT = _env.int("TRUSTED_PROXIES", default=0)
"""How many proxies of ours add to X-Forwarded-For; 0 takes the connection's own address."""

CODE_LIFETIME = 300
"""Seconds for which a code can be entered."""
CODE_ATTEMPTS = 5
"""Wrong entries after which a code is void."""
CODE_RESENDS = 3

DEFAULT_FROM_EMAIL = _env.str("DEFAULT_FROM_EMAIL", default="Berth <no-reply@berth.example>")
EMAIL_BACKEND = _env.str("EMAIL_BACKEND", default="members.mail.OutboxBackend")
"""Whatever Django sends as e-mail is written to the outbox first."""
_email_url = _env.str("EMAIL_URL", default="")
OUTBOX_EMAIL_CONNECTION = _env.email_url("EMAIL_URL") if _email_url else {}
"""How the outbox's e-mails leave: the EMAIL_* settings read from EMAIL_URL (smtp+tls://user:password@host:587)."""

_transports = {
    "demo": "members.transports.demo.DemoTransport",
    "log": "members.transports.log.LogTransport",
    "smtp": "members.transports.smtp.SmtpTransport",
}


def _transport(variable: str, default: str) -> str:
    name = _env.str(variable, default=default)
    if name not in _transports:
        raise _ImproperlyConfigured(f"{variable} is {name!r}; it must be one of: {', '.join(_transports)}")
    return _transports[name]


OUTBOX_TRANSPORTS = {
    "email": _transport("BERTH_EMAIL_TRANSPORT", "demo" if _demo else "smtp" if _email_url else "log"),
    "sms": _transport("BERTH_SMS_TRANSPORT", "demo" if _demo else "log"),
}
"""Channel → transport: demo (shown at /demo/outbox/ only), log, smtp."""
