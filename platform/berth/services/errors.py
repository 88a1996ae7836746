"""What can go wrong with the servers under the platform, in words for the person at the terminal."""


class ServiceError(Exception):
    """A server could not be found, started or stopped; the message says what to do."""


class AlreadyRunning(ServiceError):
    """Another process holds this data directory."""
