"""Django settings. Every outside value comes through `yanjin/environment.py`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from yanjin.environment import BASE_DIR, read

YANJIN_MODE: str = str(read("YANJIN_MODE"))
DEMO_TODAY: str = str(read("DEMO_TODAY"))
YANJIN_VAR = Path(str(read("YANJIN_VAR")))
SECRET_KEY = str(read("SECRET_KEY"))
DEBUG = False
ALLOWED_HOSTS = read("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = read("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "kernel.wall",
    "kernel.divisions",
    "kernel.accounts",
    "kernel.audit",
    "kernel.codes",
    "kernel.jobs",
    "kernel.exchange",
    "kernel.web",
    "kernel.rest",
    "labour",
    "subsidies",
    "headquarters",
    "yanjin.demo.apps.DemoConfig",
    "yanjin.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kernel.web.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "kernel.web.middleware.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kernel.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kernel.accounts.middleware.SessionLimitMiddleware",
    "kernel.accounts.middleware.ActingMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "yanjin.urls"
WSGI_APPLICATION = "yanjin.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "kernel" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kernel.web.context.shell",
            ],
        },
    }
]

# -- database: the application always connects as the plain role; the owner alias is for migrations and backup


def _database(url: str, *, pooled: bool) -> dict[str, Any]:
    if not url:
        return {}
    options: dict[str, Any] = {}
    size = int(str(read("DATABASE_POOL")))
    if pooled and size:
        # Long lives: a new session plans every statement of an edit once more, ten times the cost of a planned one.
        options["pool"] = {"min_size": 1, "max_size": size, "timeout": 10, "max_idle": 3_600, "max_lifetime": 21_600}
    return {
        **environ.Env.db_url_config(url),
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "TEST": {},
    }


DATABASES: dict[str, Any] = {"default": _database(str(read("DATABASE_URL")), pooled=YANJIN_MODE != "test")}
if read("DATABASE_OWNER_URL"):
    DATABASES["owner"] = _database(str(read("DATABASE_OWNER_URL")), pooled=False)
DATABASE_ROUTERS = ["kernel.wall.routing.PlainRoleRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": str(read("REDIS_URL")),
        "KEY_PREFIX": "yanjin",
    }
}

# -- field protection
FIELD_KEYS = read("FIELD_KEYS")
BLIND_INDEX_KEY = read("BLIND_INDEX_KEY")
FIELD_CIPHER = str(read("FIELD_CIPHER"))

# -- accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "kernel.accounts.backends.RoleBackend"]
ROLE_TABLE = BASE_DIR / "yanjin" / "roles.txt"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "kernel.accounts.passwords.PolicyValidator"},
]
if YANJIN_MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow hash would be half the run
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 8 * 3600  # the absolute limit; the idle limit is policy data (kernel.accounts)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "kernel.accounts.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "kernel.accounts.lockout.locked_out"
PROXY_COUNT = int(str(read("PROXY_COUNT")))  # own reverse proxies that write X-Forwarded-For
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

# -- wiring: upper floors name what the lower floors call
NAVIGATION = "yanjin.navigation.NAVIGATION"
SETTLERS = ["subsidies.services.settle", "headquarters.services.settle"]
JOB_KINDS = ["kernel.exchange.jobs", "subsidies.jobs", "headquarters.jobs"]
IMPORTERS = ["labour.imports"]
FACTS = ["subsidies.facts.employment", "subsidies.facts.employers"]
FIGURES = ["labour.figures", "subsidies.figures"]
PANELS = ["subsidies.panels"]

# -- language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# -- files
STATIC_URL = "static/"
STATIC_ROOT = YANJIN_VAR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": YANJIN_VAR / "files", "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if YANJIN_MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MAX_UPLOAD_BYTES = 30 * 1024 * 1024

# -- headers
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if YANJIN_MODE == "production":
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = bool(read("COOKIES_OVER_HTTPS_ONLY"))
    CSRF_COOKIE_SECURE = bool(read("COOKIES_OVER_HTTPS_ONLY"))

# -- jobs
CELERY_BROKER_URL = str(read("CELERY_BROKER_URL") or read("REDIS_URL"))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 2, "socket_timeout": 10}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ALWAYS_EAGER = False

# -- REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["kernel.rest.authentication.ActingAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["kernel.rest.permissions.DeclaredPermission"],
    "DEFAULT_PAGINATION_CLASS": "kernel.rest.pagination.RecordCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["kernel.rest.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "kernel.rest.schema.YanjinSchema",
    "DEFAULT_THROTTLE_CLASSES": ["kernel.rest.throttling.ClientThrottle"],
    "DEFAULT_THROTTLE_RATES": {"client": "600/min"},
    "EXCEPTION_HANDLER": "kernel.rest.problems.problem_response",
    "DEFAULT_VERSIONING_CLASS": None,
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "延津就业帮扶接口",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
OAUTH2_PROVIDER = {
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "SCOPES": {
        "labour:read": _("读取劳动力、用工主体与就业"),
        "labour:pii": _("读取未遮盖的个人信息（须说明用途）"),
        "subsidies:read": _("读取奖补测算结果"),
        "figures:read": _("读取指标"),
        "codelists:read": _("读取区划与代码表"),
    },
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "OAUTH2_VALIDATOR_CLASS": "kernel.accounts.oauth.ClientValidator",
    "SCOPES_BACKEND_CLASS": "kernel.accounts.oauth.ClientScopes",
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # only a hash of the token is kept
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": str(read("LOG_LEVEL"))},
    # A 4xx quotes what was typed, which may be a number of a person; refusals are in the audit, not in the log.
    # axes says four lines at every login; the audit has one.
    "loggers": {"django.request": {"level": "ERROR"}, "axes": {"level": "WARNING"}},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
TEST_RUNNER = "django.test.runner.DiscoverRunner"
