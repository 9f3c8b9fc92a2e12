"""Django settings. Everything an administrator changes lives in the database, not here."""

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from postdesk.base.env import EnvironmentProblem, read_environment
from postdesk.base.logs import logging_settings
from postdesk.base.vault import Vault, VaultError, read_or_make_secret_key

ENVIRONMENT = read_environment()
DATA_DIR = ENVIRONMENT.data_dir
PACKAGE_DIR = Path(__file__).resolve().parent.parent


def _secret_keys() -> list[str]:
    if ENVIRONMENT.secret_key:
        return ENVIRONMENT.secret_key.split()
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = ENVIRONMENT.secret_key_file or DATA_DIR / "secret-key"
    return read_or_make_secret_key(path).split()


try:
    VAULT = Vault(_secret_keys())
except VaultError as problem:
    raise EnvironmentProblem(f"The secret key cannot be used. {problem}") from problem
SECRET_KEY = VAULT.signing_key("django").hex()
DEBUG = False
ALLOWED_HOSTS = ["*"]  # postdesk.web.session.hosts decides, from the stored public URL

if ENVIRONMENT.database_url:
    DATABASES = {"default": dj_database_url.parse(ENVIRONMENT.database_url, conn_max_age=600)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "postdesk.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                    "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON"
                ),
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "postdesk.site",
    "postdesk.directory",
    "postdesk.connections",
    "postdesk.mail",
    "postdesk.tickets",
    "postdesk.web",
    "postdesk.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "postdesk.web.session.hosts.PublicHostMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "postdesk.web.session.cookies.SecureCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "postdesk.web.session.time_zone.TimeZoneMiddleware",
]
ROOT_URLCONF = "postdesk.config.urls"
WSGI_APPLICATION = "postdesk.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "flow" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "postdesk.web.session.frame.frame",
            ],
        },
    }
]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "site_cache",
    }
}

# Sign-in: django-allauth, e-mail address and password, no sign-up
AUTH_USER_MODEL = "directory.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_FORMS = {"login": "postdesk.web.forms.session.SignInForm"}
ACCOUNT_ADAPTER = "postdesk.web.session.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "administrator": "60/m/ip",  # the one-time page of an administrator at Microsoft
    "administrator_post": "10/m/ip",
}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "console:list"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "postdesk_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "postdesk_csrf"
CSRF_FAILURE_VIEW = "postdesk.web.session.views.csrf_failure"

# Pages: strict policy, nothing inline
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False

LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = ["postdesk.config.formats"]

LOGGING = logging_settings(ENVIRONMENT.log_level)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
