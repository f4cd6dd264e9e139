"""Everything that differs from one installation to the next comes from the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import environ

from onorder.config.databases import opened

env = environ.Env()

DEBUG = env.bool("ONORDER_DEBUG", default=False)
HTTPS = env.bool("ONORDER_HTTPS", default=False)  # Behind a proxy that speaks https and sets X-Forwarded-Proto.
ALLOWED_HOSTS = env.list("ONORDER_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("ONORDER_ORIGINS", default=[])

#: Where customers reach us, for the links in their mails; empty: they get none. If it is https, whoever carries text
#: messages says there what became of them, `onorder.delivery.text_reports`.
PUBLIC_URL = env.str("ONORDER_URL", default="") or next((one for one in CSRF_TRUSTED_ORIGINS if "*" not in one), "")

DATABASES = {
    "default": opened(env.db_url("ONORDER_DATABASE_URL", default=f"sqlite:///{Path.cwd() / 'onorder.sqlite3'}"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _secret_key() -> str:
    """From the environment, or from a file that only the owner can read, written at the first start."""
    if given := env.str("ONORDER_SECRET_KEY", default=""):
        return str(given)
    file = Path(env.str("ONORDER_SECRET_KEY_FILE", default=".onorder-secret-key"))
    try:
        return file.read_text().strip() or secrets.token_urlsafe(50)
    except OSError:
        pass
    key = secrets.token_urlsafe(50)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened_file:
            opened_file.write(key)
    except FileExistsError:
        return file.read_text().strip()
    except OSError:
        pass  # A folder that cannot be written: sessions last as long as this process.
    return key


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.list("ONORDER_OLD_SECRET_KEYS", default=[])  # What they signed stays good.

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "onorder",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "onorder.config.middleware.ContentSecurityPolicy",
    "onorder.config.middleware.WithoutZeroBytes",
    "onorder.config.middleware.Public",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "onorder.desk.person.Entering",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "onorder.config.urls"
WSGI_APPLICATION = "onorder.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            Path(__file__).parent.parent / "look" / "templates",
            Path(__file__).parent.parent / "desk" / "templates",
            Path(__file__).parent.parent / "delivery" / "templates",
            Path(__file__).parent.parent / "store" / "templates",
        ],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onorder.desk.shell.shell",
            ],
            "libraries": {
                "desk": "onorder.desk.tags",
                "look": "onorder.look.tags",
                "humanize": "django.contrib.humanize.templatetags.humanize",
            },
        },
    }
]
STATICFILES_DIRS = [Path(__file__).parent.parent / edge / "static" for edge in ("look", "desk", "store")]
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = (
    24 * 3600
)  # Pages name each file with its contents' mark (`asset`), so a new one is fetched at once.
MEDIA_ROOT = Path(env.str("ONORDER_MEDIA", default="media")).absolute()  # Pictures of products.

#: Cards are taken once both secrets are set. A webhook secret that is being replaced may stand beside the new one.
STRIPE_SECRET_KEY = env.str("ONORDER_STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("ONORDER_STRIPE_WEBHOOK_SECRET", default=[])
STRIPE_API = env.str("ONORDER_STRIPE_API", default="https://api.stripe.com")
STRIPE_PAGES = env.str("ONORDER_STRIPE_PAGES", default="https://checkout.stripe.com")  # Or a domain of your own there.

LOGIN_URL = "login"
AUTHENTICATION_BACKENDS = ["onorder.desk.person.Backend"]
LOGIN_REDIRECT_URL = "start"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_ENGINE = "onorder.desk.sessions"
SESSION_COOKIE_AGE = 400 * 24 * 3600  # As long as browsers keep one; the server ends idle sessions much earlier.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]  # Each by its own name.
LOCALE_PATHS = [Path(__file__).parent.parent / "locale"]

_mailbox = f"filemail://{Path.cwd() / 'mailbox'}"
vars().update(env.email_url("ONORDER_EMAIL_URL", default=_mailbox))
if not env.str("ONORDER_EMAIL_URL", default=""):
    EMAIL_FILE_PATH = str(Path.cwd() / "mailbox")  # Nothing leaves the machine until a mail server is named.
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("ONORDER_EMAIL_FROM", default="shop@localhost")

#: Who carries text messages, `onorder.delivery.texting`; empty: nobody, and customers are not offered any.
TEXTS_URL = env.str("ONORDER_TEXTS_URL", default="")
#: The address that undeliverable mail goes back to; empty: the one that mails come from.
BOUNCES_TO = env.str("ONORDER_BOUNCES_TO", default="")
#: The mailbox that bounces come to, `onorder.delivery.bounces`; empty: the mail server hands them over, or nobody does.
BOUNCES_URL = env.str("ONORDER_BOUNCES_URL", default="")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"without_links": {"()": "onorder.config.logs.WithoutLinks"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["without_links"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"httpx": {"level": "WARNING"}, "onorder": {"level": env.str("ONORDER_LOG_LEVEL", default="INFO")}},
}
