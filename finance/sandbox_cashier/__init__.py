"""The sandbox bank: plays the payment provider where no real one is wanted (docs/adr/0008).

A process of its own with its own store. It shares with the platform only the texts that both sides sign
(finance.providers.sandbox_signing) and the kernel's Django-free parts.
"""
