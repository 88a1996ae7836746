"""Trading's part of the API."""
