"""The REST API's root: schema, reference page, and the routes that each app declares in its own api package."""
