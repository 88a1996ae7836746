"""Settings of the platform, every secret and address from the environment (docs/configuration.md lists them)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import environ
from csp.constants import NONCE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("BERTH_DEMO", default=False)
"""The demo shows its outbox, the simulator and the sandbox cashier. Never on in production."""

SECRET_KEY = env.str("SECRET_KEY", default="insecure-for-checks-only" if DEBUG or DEMO else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEBUG or DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

PUBLIC_URL = env.str("BERTH_PUBLIC_URL", default="http://127.0.0.1:8000")
"""Where browsers and payment providers reach the web process; no trailing slash."""
LIVE_URL = env.str("BERTH_LIVE_URL", default="/live/")
"""Where browsers reach the live (SSE) process. A port alone (":8001/live/") is joined to the request's host."""
CASHIER_URL = env.str("BERTH_CASHIER_URL", default="http://127.0.0.1:8002")
"""The sandbox cashier, a process of its own that plays the payment provider."""
SIMULATOR_URL = env.str("BERTH_SIMULATOR_URL", default="")
"""Control API of the simulated lots; empty where there is none."""

PROVIDER_ZONE = env.str("BERTH_PROVIDER_ZONE", default="Asia/Shanghai")
"""Where a day of the payment providers' statements begins and ends."""
PAYOUT_WINDOW_HOURS = env.int("BERTH_PAYOUT_WINDOW_HOURS", default=48)
"""Earnings wait this long after their settlement for problems to be reported (PRODUCT.md, business rules)."""
PAYOUT_MINIMUM_MINOR = {"CNY": 5000}
"""Currency → least amount that is paid out, in minor units; 1 for the others."""

GRANT_SIGNING_KEY = env.str("BERTH_GRANT_SIGNING_KEY", default="")
"""Ed25519 private key (32 bytes, base64) that signs what lot servers are told."""
GATE_PICTURE_DAYS = env.int("BERTH_GATE_PICTURE_DAYS", default=7)
"""How long pictures of gates' cameras, and each gate's last plate, are kept for the staff of the lot."""
SANDBOX_MERCHANT_KEY = env.str("BERTH_SANDBOX_MERCHANT_KEY", default="")
"""Ed25519 private key (32 bytes, base64) with which we sign requests to the sandbox cashier."""
SANDBOX_PROVIDER_PUBLIC_KEY = env.str("BERTH_SANDBOX_PROVIDER_PUBLIC_KEY", default="")
"""Ed25519 public key (32 bytes, base64) of the sandbox cashier; its notifications are verified with it."""

INSTALLED_APPS = [
    "berth.apps.BerthConfig",
    "berth.design",
    "members",
    "lots",
    "marketing",
    "finance",
    "hardware",
    "trading",
    "operations",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "allauth",
    "allauth.account",
    "phonenumber_field",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "members.language.MemberLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "berth.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "berth.urls"
WSGI_APPLICATION = "berth.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "berth.context_processors.site",
            ],
            # The app itself would import leaflet.admin, which needs GDAL; its tags and static files do not.
            "libraries": {"leaflet_tags": "leaflet.templatetags.leaflet_tags"},
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL", default="postgres://berth@127.0.0.1:5432/berth")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

AUTH_USER_MODEL = "members.Member"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
from members.auth_settings import *  # noqa: E402,F403  (allauth's settings stand beside the code that they configure)

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "platform" / "berth" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
PHONENUMBER_DEFAULT_REGION = "CN"

STATIC_URL = "/static/"
_LEAFLET = find_spec("leaflet")
STATICFILES_DIRS = [  # Leaflet's files, without its app (see "libraries" above)
    Path(folder) / "static" for folder in (_LEAFLET and _LEAFLET.submodule_search_locations) or ()
]
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str("STATIC_STORAGE", default="django.contrib.staticfiles.storage.StaticFilesStorage")
    },
}
WHITENOISE_USE_FINDERS = DEBUG or DEMO
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))
MEDIA_URL = "/media/"

# Security ------------------------------------------------------------------------------------------
_TLS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
LIVE_ORIGINS = env.list("BERTH_LIVE_ORIGINS", default=[])
"""Extra origins that pages may open event streams to (the demo's live process has a port of its own)."""
TILE_ORIGINS = env.list("BERTH_TILE_ORIGINS", default=[])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", *TILE_ORIGINS],
        "connect-src": [SELF, *LIVE_ORIGINS],
        "font-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF, CASHIER_URL],
        "frame-ancestors": ["'none'"],
    }
}

# Celery --------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"

# API -----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "NUM_PROXIES": env.int("TRUSTED_PROXIES", default=0),  # else anyone could choose the address that is counted
    "DEFAULT_THROTTLE_RATES": {"search": "120/min", "booking": "30/min", "swipe": "600/min"},
    "EXCEPTION_HANDLER": "berth.problems.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "ENUM_NAME_OVERRIDES": {
        "LotKindEnum": "lots.models.lot.Lot.Kind",
        "ExceptionKindEnum": "lots.models.listing.ScheduleException.Kind",
    },
    "TITLE": "Berth API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LEAFLET_CONFIG = {"TILES": [], "RESET_VIEW": False, "ATTRIBUTION_PREFIX": ""}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
