"""PostgreSQL and Valkey from Python wheels: no root, no Docker, no system packages (docs/adr/0002).

>>> with EmbeddedServices(Path(".demo")) as services:
...     services.database_url, services.redis_url
"""

from berth.services.embedded import EmbeddedServices
from berth.services.errors import AlreadyRunning, ServiceError

__all__ = ["AlreadyRunning", "EmbeddedServices", "ServiceError"]
