"""Payment providers: one interface (base), one module for each provider, and their names (registry)."""
