"""Pages of trading: thin doors into domain and queries."""
