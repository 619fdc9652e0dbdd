"""Every setting of Kyoso. All knobs are environment variables, listed in docs/settings.md.

Without DATABASE_URL Kyoso runs in the *embedded* mode: its own PostgreSQL and mail folder under `var/`,
demo accounts, one process. With DATABASE_URL it is a production site and insists on its secrets.
"""

from pathlib import Path

from django.conf import global_settings

from kyoso import between_processes, embedded, logs, policy
from kyoso.lib import bearer, password_policy, single_sign_on
from kyoso.lib import environment as env
from kyoso.lib.build import build_of

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("KYOSO_VAR", str(BASE_DIR / "var"))).resolve()
EMBEDDED = not env.text("DATABASE_URL")
DEBUG = env.flag("DEBUG")
BUILD = build_of(BASE_DIR)  # pages of another build load themselves anew
PORT = env.number("PORT", 8000, 1, 65535)

SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY and EMBEDDED:
    SECRET_KEY = env.kept_secret(VAR_DIR)
if len(SECRET_KEY) < 50:
    raise env.WrongSetting("SECRET_KEY", "must be a random text of at least 50 characters.")

# Where members reach the site. Sockets, CSRF and mails trust exactly these origins (scheme and port count).
LOCAL_ORIGINS = (f"http://127.0.0.1:{PORT}", f"http://localhost:{PORT}") if EMBEDDED else ()
SITE_ORIGINS = env.origins("SITE_URL", LOCAL_ORIGINS)
if not SITE_ORIGINS:
    raise env.WrongSetting("SITE_URL", "must be the address of the site, such as https://kyoso.example.jp.")
LIVE_ORIGINS = CSRF_TRUSTED_ORIGINS = SITE_ORIGINS
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", tuple({origin.split("://")[1].rsplit(":", 1)[0] for origin in SITE_ORIGINS})
)
if "*" in ALLOWED_HOSTS:
    raise env.WrongSetting("ALLOWED_HOSTS", "must name the hosts; * is not allowed.")
SECURE = all(origin.startswith("https://") for origin in SITE_ORIGINS)

INSTALLED_APPS = [
    "kyoso",
    "accounts",
    "channels_app",
    "secretariat",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",  # its tables always; a way in only when one is set (SIGN_ON below)
    "allauth.usersessions",
    "channels",
    "csp",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.audit_watch.watch",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.SessionLimits",
    "accounts.middleware.SignInRequired",
    "accounts.middleware.ConductRequired",
    "accounts.second_factor.SecondFactorRequired",
    "accounts.middleware.keep_no_copy",
]
SIGN_ON = single_sign_on.providers()
INSTALLED_APPS += single_sign_on.apps(SIGN_ON)
ROOT_URLCONF = "kyoso.urls"
WSGI_APPLICATION = "kyoso.wsgi.application"
ASGI_APPLICATION = "kyoso.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "channels_app.views.shell.sidebar",
            ],
            "libraries": {"lucide": "kyoso.icons", "dates": "kyoso.dates"},
        },
    }
]

DATABASES = {
    "default": env.database("DATABASE_URL", env.text("DATABASE_URL") or embedded.database_url(VAR_DIR))
    | {"CONN_HEALTH_CHECKS": True, "TEST": {"TEMPLATE": "template0"}}
}
# One pool per process; a page holds a connection only while it runs.
DATABASES["default"]["OPTIONS"]["pool"] = {
    "min_size": 1,
    "max_size": env.number("DATABASE_POOL", 12, 2, 200),
    "timeout": 10,
    "reconnect_timeout": 10,  # the usual 300 s lets attempts grow minutes apart: a restart would last as long
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")
CHANNEL_LAYERS = between_processes.layers(REDIS_URL)
CACHES = between_processes.caches()
METRICS_TOKEN = env.token("METRICS_TOKEN", bearer.SHORTEST)  # without one /metrics does not exist

AUTH_USER_MODEL = "accounts.Member"
AUTHENTICATION_BACKENDS = ["accounts.backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_SHORTEST, PASSWORD_LONGEST = password_policy.lengths()
AUTH_PASSWORD_VALIDATORS = password_policy.validators(PASSWORD_SHORTEST, PASSWORD_LONGEST)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/home/"
AUTO_APPROVE_BOUND_DOMAINS = env.flag("AUTO_APPROVE_BOUND_DOMAINS")
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0, 0, 5)
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 2
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "【共創】"
# Whole prefectures leave through one gateway address: the per-address limits are only a backstop, ten
# times allauth's defaults; the per-key limits decide (docs/security.md L1).
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.addresses.NewAddressForm",
    "reset_password": "accounts.forms.passwords.PasswordResetForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "100/m/ip,5/300s/key",
    "signup": "200/m/ip",
    "registration_code": "1/10s/key",
    "registration_codes": "10/h/key",
    "reset_password": "200/m/ip,5/m/key",
    "reset_password_from_key": "200/m/ip",
    "confirm_email": "1/10s/key",
    "picture": "10/h/user",
    "attachment": "120/h/user",
}
REQUIRE_SECOND_FACTOR = env.flag("REQUIRE_SECOND_FACTOR", not EMBEDDED)  # of approvers and the secretariat
REQUIRE_SECOND_FACTOR_OF_ALL = env.flag("REQUIRE_SECOND_FACTOR_OF_ALL")  # before a member sees anything
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = MFA_RECOVERY_CODES_SHOW_ONCE = True
PASSKEYS = {"add": "NewPasskey", "authenticate": "Answer", "login": "Login", "reauthenticate": "Proof"}
MFA_FORMS = {f"{step}_webauthn": f"accounts.forms.passkeys.{form}Form" for step, form in PASSKEYS.items()}
MFA_TOTP_ISSUER = "共創"
MFA_TOTP_TOLERANCE = 1  # clocks of offices without a time server
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SignOnAdapter"
SOCIALACCOUNT_PROVIDERS = SIGN_ON
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

AUDIT_YEARS = env.number("AUDIT_YEARS", 3, 1, 30)  # what is older leaves the audit log (security D4)

SESSION_ENGINE = "accounts.session_store"
SESSION_IDLE_SECONDS = env.number("SESSION_IDLE_MINUTES", 60, 15, 60) * 60
SHARED_IDLE_SECONDS = 15 * 60
SESSION_COOKIE_AGE = env.number("SESSION_HOURS", 12, 1, 24) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-kyoso" if SECURE else f"kyoso-{PORT}"
CSRF_COOKIE_NAME = "__Host-kyoso-csrf" if SECURE else f"kyoso-csrf-{PORT}"
CSRF_COOKIE_HTTPONLY = False
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "kyoso.refusals.stale_form"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env.flag("BEHIND_TLS_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = policy.of_content(form_actions=single_sign_on.origins(SIGN_ON))

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "kyoso.staticfiles.ModuleStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_HANDLERS = ["kyoso.uploads.Ceiling", *global_settings.FILE_UPLOAD_HANDLERS]
FILES_DIR = Path(env.text("FILES_DIR", str(VAR_DIR / "media" / "attachments"))).resolve()

LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True

MAIL_DIR = VAR_DIR / "mail"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("MAIL_FROM", "共創 事務局 <kyoso@localhost.localdomain>")
if EMBEDDED:  # demo people have invented addresses at real domains: nothing may leave a trial site
    EMAIL_BACKEND = "kyoso.lib.mail.FolderBackend"
elif env.text("EMAIL_URL"):
    globals().update(env.mail("EMAIL_URL"))
else:
    raise env.WrongSetting("EMAIL_URL", "must say where mail leaves, such as smtp://user:password@host:587.")

LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
LOGGING = logs.configuration(LOG_LEVEL)
