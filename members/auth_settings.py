"""allauth, as Berth uses it: a phone number or an e-mail address and a code; no password for members."""

ACCOUNT_ADAPTER = "members.adapters.AccountAdapter"
