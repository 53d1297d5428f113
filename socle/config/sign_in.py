"""Who signs in, and how: accounts, the second factor, invitations, the identity provider."""

from __future__ import annotations

from datetime import timedelta

from socle.config.environment import env

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    # Confers the editor's permissions for the time of one request; never signs anyone in.
    "socle.sites.editor.powers.EditorBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}  # type: ignore[assignment]
AUTH_PASSWORD_VALIDATORS.append({"NAME": "socle.people.sign_in.passwords.ContextWordsValidator"})
# Words whoever knows the house would try first; the names of the operators and of the communes are added to them.
SOCLE_PASSWORD_WORDS = [
    "socle",
    "mairie",
    "commune",
    "secretariat",
    "secretaire",
    "maire",
    "pack",
    "connectee",
    "connectees",
    "mairies",
    "motdepasse",
    "password",
    "bonjour",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my_door"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# An account is opened by whoever answers for the person; nobody opens their own, so there is no address to verify.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "socle.people.sign_in.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "socle.people.sign_in.forms.LoginForm",
    "reset_password": "socle.people.sign_in.forms.ResetPasswordForm",
    "reset_password_from_key": "socle.people.sign_in.forms.NewPasswordForm",
    "change_password": "socle.people.sign_in.forms.ChangePasswordForm",
    "set_password": "socle.people.sign_in.forms.SetPasswordForm",
    "reauthenticate": "socle.people.sign_in.forms.ConfirmPasswordForm",
}
# The same answer whether the address is known or not; nothing is sent to an address nobody has.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key", "reset_password": "20/m/ip,5/h/key"}
# How many proxies stand in front, so that attempts are counted by visitor and not by proxy; 0 when there is none.
TRUSTED_PROXIES = env.int("SOCLE_TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
MFA_ADAPTER = "socle.people.sign_in.adapters.SecondFactorAdapter"
# The address was given by whoever opened the account: there is nothing to verify before protecting it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A passkey replaces both the password and the code: it asks for a finger, a face or a PIN.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = "Socle"
# The code before and the code after are good too: a telephone’s clock drifts, a person types slowly.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "socle.people.sign_in.forms.CodeForm",
    "reauthenticate": "socle.people.sign_in.forms.ConfirmCodeForm",
    "activate_totp": "socle.people.sign_in.forms.ActivateForm",
    "add_webauthn": "socle.people.sign_in.forms.AddPasskeyForm",
    "edit_webauthn": "socle.people.sign_in.forms.RenamePasskeyForm",
    "authenticate_webauthn": "socle.people.sign_in.forms.PasskeyForm",
    "reauthenticate_webauthn": "socle.people.sign_in.forms.ConfirmPasskeyForm",
    "login_webauthn": "socle.people.sign_in.forms.PasskeyLoginForm",
}
# Above so many mairies, as for any role at an operator, the second factor of a person is erased by two agents; and the
# days the second one has to approve.
SOCLE_FOUR_EYES_ABOVE = env.int("SOCLE_FOUR_EYES_ABOVE", default=3)
SOCLE_FOUR_EYES_DAYS = env.int("SOCLE_FOUR_EYES_DAYS", default=3)
# How long the link of an invitation is good, and how long one that nobody accepted is kept.
SOCLE_INVITATION_DAYS = env.int("SOCLE_INVITATION_DAYS", default=14)
SOCLE_INVITATION_KEPT_DAYS = env.int("SOCLE_INVITATION_KEPT_DAYS", default=180)
# A request to join: the days its address has to be confirmed in, and those a link to follow it stays good.
SOCLE_JOINING_CONFIRM_DAYS = env.int("SOCLE_JOINING_CONFIRM_DAYS", default=3)
SOCLE_JOINING_FOLLOW_DAYS = env.int("SOCLE_JOINING_FOLLOW_DAYS", default=180)
# How many days before a silent request goes (rule « demandes-silencieuses ») whoever asked is reminded of it.
SOCLE_JOINING_REMINDER_DAYS = env.int("SOCLE_JOINING_REMINDER_DAYS", default=30)
# Nobody fills that form in fewer seconds; a program does.
SOCLE_JOINING_SECONDS = env.int("SOCLE_JOINING_SECONDS", default=4)
# For how many days, at most, a mairie lets someone in to help.
SOCLE_HELP_DAYS = env.int("SOCLE_HELP_DAYS", default=30)
# How many days before a role ends its person, whoever takes over and whoever names there are reminded of it.
SOCLE_DEPARTURE_REMINDER_DAYS = env.int("SOCLE_DEPARTURE_REMINDER_DAYS", default=7)
# What else than their address a person's devices may give as a login (a mailbox): functions of a user.
SOCLE_DEVICE_LOGINS: list[str] = ["socle.mail.queries.logins_of"]
# The roles that sign in with a second factor: those of the operators, who open hundreds of communes, and the mayors,
# whose signature binds theirs. A secretary may have one, and nobody is made to.
SECOND_FACTOR_ROLES: list[str] = env.list(
    "SOCLE_SECOND_FACTOR_ROLES",
    default=[
        "programme_officer",
        "technician",
        "finance_officer",
        "president",
        "cdg_advisor",
        "cdg_president",
        "assembly_secretary",
        "controller",
        "mayor",
    ],
)
# A working day, then one signs in again, whatever was done meanwhile.
SESSION_COOKIE_AGE = 60 * 60 * 12
# A screen left open in a town hall where people come and go does not stay so.
SESSION_IDLE = timedelta(minutes=env.int("SOCLE_SESSION_IDLE_MINUTES", default=120))

# --- The identity provider -------------------------------------------------------------------------------------------
# Off unless it is named. What ProConnect asks and gives is in docs/guide/connexion.md, with its source.
OIDC_ISSUER = env.str("SOCLE_OIDC_ISSUER", default="")
OIDC_NAME = env.str("SOCLE_OIDC_NAME", default="ProConnect")
OIDC_CLIENT_ID = env.str("SOCLE_OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET_FILE = env.str("SOCLE_OIDC_CLIENT_SECRET_FILE", default="")
OIDC_SCOPES: list[str] = env.list("SOCLE_OIDC_SCOPES", default=["openid", "email", "given_name", "usual_name", "siret"])
# The levels (acr) with which one enters; none named: any.
OIDC_ACR: list[str] = env.list("SOCLE_OIDC_ACR", default=[])
OIDC_ASK_ACR_BY = env.str("SOCLE_OIDC_ASK_ACR_BY", default="claims")
OIDC_PKCE = env.bool("SOCLE_OIDC_PKCE", default=True)
# The levels (acr) or the means (amr) that stand for our own second factor; none named: ours is asked for all the same.
OIDC_TWO_FACTORS_ACR: list[str] = env.list("SOCLE_OIDC_TWO_FACTORS_ACR", default=[])
OIDC_TWO_FACTORS_AMR: list[str] = env.list("SOCLE_OIDC_TWO_FACTORS_AMR", default=[])
