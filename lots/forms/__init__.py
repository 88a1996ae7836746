"""Forms of owners: they read what people type; the rules are in lots.domain."""
