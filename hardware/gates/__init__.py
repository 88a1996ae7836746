"""What stands at a gate: plate cameras, card dispensers and collectors, barriers. Free of Django."""
