"""Django's settings, derived from config.py: what an operator may choose stands there, what we decided stands here."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF

from tideover.config import config, kept_private, listed, public_address

CONFIG = config()
BASE_DIR = Path(__file__).resolve().parent
DEBUG = False
SECRET_KEY = CONFIG.secret_key
PRODUCTION = CONFIG.mode == "production"
ALLOWED_HOSTS = [urlsplit(public_address()).hostname or "localhost", "127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS += listed(CONFIG.allowed_hosts)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton",
    "lucide",
    "csp",
    "django.forms",
    "tideover.tenants",
    "tideover.flow",
    "tideover.inbox",
    "tideover.mirror",
    "tideover.messages.apps.Messages",
    "tideover.recovery",
    "tideover.predunning",
    "tideover.analytics",
    "tideover.upkeep",
    "tideover.notices",
    "tideover.customer",
    "tideover.dashboard",
    "tideover.worker",
]
MIDDLEWARE = [
    "tideover.tenants.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # A page that packs a secret beside what a stranger chose tells the secret by its length (BREACH). The secret on our
    # pages is the form's token, which Django masks anew each time, and its gzip adds up to 100 random bytes.
    "django.middleware.gzip.GZipMiddleware",
    "tideover.files.FilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tideover.tenants.middleware.TenantMiddleware",
]
ROOT_URLCONF = "tideover.urls"
WSGI_APPLICATION = "tideover.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["tideover.dashboard.templatetags.house", "tideover.dashboard.templatetags.forms"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "csp.context_processors.nonce",
                "tideover.worker.context.demo",
                "tideover.dashboard.frame.support.support",
            ],
        },
    }
]
FORM_RENDERER = "tideover.dashboard.forms.renderer.Renderer"

SQLITE_URL = f"sqlite:///{(CONFIG.home / 'tideover.sqlite3').absolute()}"
# A connection that the server hung up on in the night costs no page: each request looks first.
KEPT_OPEN: dict[str, Any] = {"conn_max_age": 600, "conn_health_checks": True}
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(CONFIG.database_url or SQLITE_URL, **KEPT_OPEN)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    kept_private(Path(DATABASES["default"]["NAME"]))
    # WAL lets readers and the one writer live together; FULL keeps an acknowledged commit through a power cut;
    # IMMEDIATE takes the write lock at BEGIN, where waiting is possible.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["isolation_level"] = 2  # READ COMMITTED, said aloud
    # A worker that was cut off in the middle of a transaction must not hold its locks until TCP gives up after hours,
    # nor wait that long itself.
    DATABASES["default"]["OPTIONS"]["options"] = (
        "-c timezone=UTC -c statement_timeout=30000 -c idle_in_transaction_session_timeout=10000"
    )
    DATABASES["default"]["OPTIONS"] |= {"connect_timeout": 5, "tcp_user_timeout": 15_000, "keepalives_idle": 10}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["tideover.tenants.backend.PasswordBackend"]
LOGIN_URL = "dashboard:sign-in"
LOGIN_REDIRECT_URL = "dashboard:home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False  # a payer is spoken to by messages.languages, a merchant in English: nothing here is gettext's

TIDEOVER_TEXTS = BASE_DIR / "messages" / "texts"  # a folder for each language (messages.languages)

STATIC_URL = "static/"
STATIC_ROOT = CONFIG.home.absolute() / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a folder that is not there
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tideover.files.VersionedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.woff2$"  # a stylesheet names it without a version; a new cut gets a new name
WHITENOISE_MAX_AGE = 3600 if PRODUCTION else 0

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tideover.dashboard.frame.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = (CONFIG.base_url or "").startswith("https://")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # asked from inside, without a certificate
# The merchant's other subdomains are not ours to bind, nor is their domain ours to put on browsers' lists.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# style-src-attr: the chart library positions its SVG and tooltips by style attributes; scripts never get that right.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING_CONFIG = None
TIDEOVER_ADDRESS_KEY = CONFIG.address_key
TIDEOVER_TRUSTED_PROXIES = listed(CONFIG.trusted_proxies)
