"""What the operator chooses: typed, read from TIDEOVER_* variables, refused at start with a reason when unsafe."""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

import dj_database_url
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tideover.core.settings.values import Email

WEAK_SECRET = 32


def keys_in(data_keys: str) -> list[str]:
    """The keys in TIDEOVER_DATA_KEYS, newest first."""
    return listed(data_keys)


def listed(text: str) -> list[str]:
    """What stands between commas; blanks around them are nobody's."""
    return [each.strip() for each in text.split(",") if each.strip()]


def _is_a_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def are_networks(proxies: str) -> bool:
    """Whether all of these, with commas between, are addresses or networks: a name could be anybody's tomorrow."""
    try:
        return all(ip_network(proxy) for proxy in listed(proxies))
    except ValueError:
        return False


def is_a_database(url: str) -> bool:
    """Whether it is the address of a database of a kind that Tideover runs on."""
    try:
        engine = dj_database_url.parse(url)["ENGINE"]
    except (ValueError, KeyError):
        return False
    return engine.rpartition(".")[2] in {"sqlite3", "postgresql"}


NEVER_SERVED: Final = "http://127.0.0.1:8000"  # where a server would listen


class Config(BaseSettings):
    """Everything that differs between two installations. Each field is the variable TIDEOVER_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix="TIDEOVER_", env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    home: Path = Field(default=Path(".tideover"), description="Folder for the embedded database, keys and mail")
    mode: Literal["development", "production"] = Field(
        default="development", description="production refuses to start with unsafe settings"
    )
    database_url: str = Field(
        default="", repr=False, description="Empty: SQLite in the home folder. postgres://… for PostgreSQL"
    )
    base_url: str | None = Field(
        default=None, description="Where customers and Stripe reach this server; unset: where it listens"
    )
    secret_key: str = Field(default="", repr=False, description="Signs sessions and links; at least 32 characters")
    data_keys: str = Field(
        default="", repr=False, description="Encrypts stored secrets: random texts, newest first, with commas"
    )
    address_key: str = Field(
        default="", repr=False, description="Keys the hashes of suppressed addresses; never change it"
    )
    smtp_host: str = Field(default="127.0.0.1", description="The mail server that takes messages to customers")
    smtp_port: int = Field(default=25, ge=1, le=65_535, description="Its port")
    smtp_user: str = Field(default="", description="Who signs in there; empty: nobody")
    smtp_password: str = Field(default="", repr=False, description="With which password")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(default="none", description="How the way there is protected")
    smtp_connections: int = Field(default=4, ge=1, le=100, description="How many connections to it a worker keeps")
    twilio_api_base: str = Field(
        default="", description="Where text messages are handed over instead of Twilio itself: the simulator's address"
    )
    mail_api_base: str = Field(
        default="", description="Where mails are handed over instead of e-mail providers: the simulator's address"
    )
    drafts_networks: str = Field(
        default="",
        description="Networks of yours in which a language model that drafts texts may stand: addresses or networks, "
        "with commas; empty: none, only the open internet",
    )
    mail_from: str = Field(default="billing@localhost", description="Sender of messages when a project has none")
    dkim_selector: str = Field(
        default="", description="Under which name your mail server's DKIM key is published; for Doctor to look at"
    )
    stripe_js_url: str = Field(default="https://js.stripe.com/v3/", description="Where the card page gets Stripe.js")
    stripe_api_base: str = Field(
        default="", description="Where accounts are connected at instead of Stripe itself: the simulator's address"
    )
    stripe_client_id: str = Field(
        default="", description="Your Stripe Connect application (ca_…); empty: accounts are connected by a key alone"
    )
    stripe_secret_key: str = Field(
        default="", repr=False, description="The secret key (sk_…) of the account that the application belongs to"
    )
    stripe_webhook_secret: str = Field(
        default="",
        repr=False,
        description="The signing secret (whsec_…) of the application's endpoint, which leads to /api/stripe/webhook",
    )
    stripe_app_link: str = Field(
        default="",
        description="The install link of your Stripe App (https://marketplace.stripe.com/…); empty: there is none",
    )
    stripe_app_secret_key: str = Field(
        default="", repr=False, description="The secret key (sk_…) of the account and mode that the app is installed by"
    )
    stripe_app_webhook_secret: str = Field(
        default="",
        repr=False,
        description="The signing secret (whsec_…) of the app's endpoint, which leads to /api/stripe/webhook",
    )
    cron_secret: str = Field(
        default="",
        repr=False,
        description="Who sends it as a bearer token may let /api/cron/dunning work; empty: there is no such page",
    )
    allowed_hosts: str = Field(default="", description="Host names besides the one in base_url, with commas")
    trusted_proxies: str = Field(
        default="",
        description="Web servers in front that are believed about who asks (X-Forwarded-For): addresses or networks, "
        "with commas; empty: none",
    )
    metrics_token: str = Field(
        default="",
        repr=False,
        description="Who sends it as a bearer token may read /metrics; empty: there is no such page",
    )
    optouts_file: str = Field(
        default="", description="Opt-outs and erasures are also appended here; empty: optouts.jsonl in the home folder"
    )
    sign_up: Literal["closed", "invited", "open"] = Field(
        default="closed",
        description="Who may begin an organization: only the first owner (closed), also who has an account (invited), "
        "everybody (open)",
    )
    support_email: str = Field(
        default="", description="Where merchants write for help: shown on every page of theirs; empty: nowhere"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged")

    @field_validator("support_email")
    @classmethod
    def must_be_an_address(cls, value: str) -> str:
        """An address that merchants can write to, or none. A BadValue is a ValueError, which tells of it."""
        return Email().checked(value)

    @model_validator(mode="after")
    def refuse_half_an_application(self) -> Self:
        """What lets merchants in at Stripe is set up whole, or not at all."""
        for one, other in (("stripe_client_id", "stripe_secret_key"), ("stripe_app_link", "stripe_app_secret_key")):
            if bool(getattr(self, one)) != bool(getattr(self, other)):
                both = f"TIDEOVER_{one.upper()} and TIDEOVER_{other.upper()}"
                raise ValueError(f"{both} belong together: set both, or none")
        if self.stripe_app_link and not _is_a_web_address(self.stripe_app_link):
            raise ValueError("TIDEOVER_STRIPE_APP_LINK is no address: copy the whole install link of the app")
        return self

    @model_validator(mode="after")
    def refuse_what_is_unsafe(self) -> Self:
        """Production must bring its own keys and an https address; a laptop gets keys made for it."""
        if self.data_keys and not keys_in(self.data_keys):
            raise ValueError("TIDEOVER_DATA_KEYS has commas and no key. Make one with: tideover keys")
        if self.base_url is not None and not _is_a_web_address(self.base_url):
            raise ValueError(f"TIDEOVER_BASE_URL is {self.base_url!r}: it begins with https:// and names this server")
        if self.database_url and not is_a_database(self.database_url):
            raise ValueError("TIDEOVER_DATABASE_URL is no address such as postgres://user@host:5432/name")
        if not are_networks(self.trusted_proxies):
            raise ValueError(
                f"TIDEOVER_TRUSTED_PROXIES is {self.trusted_proxies!r}: name addresses or networks, "
                "with commas between, such as 127.0.0.1, 10.0.0.0/8"
            )
        if not are_networks(self.drafts_networks):
            raise ValueError(
                f"TIDEOVER_DRAFTS_NETWORKS is {self.drafts_networks!r}: name addresses or networks, "
                "with commas between, such as 127.0.0.1, 10.0.0.0/8"
            )
        if self.mode == "development":
            return self
        if len(self.secret_key) < WEAK_SECRET:
            raise ValueError(
                "TIDEOVER_SECRET_KEY must have at least 32 characters in production. "
                "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if not self.data_keys or not self.address_key:
            raise ValueError(
                "TIDEOVER_DATA_KEYS and TIDEOVER_ADDRESS_KEY must be set in production and kept with your backups: "
                "without them stored Stripe keys cannot be read again. Make them with: tideover keys"
            )
        if not (address := self.base_url or NEVER_SERVED).startswith("https://"):
            raise ValueError(
                f"TIDEOVER_BASE_URL is {address!r}: in production customers open links to it, so it must be https"
            )
        return self


def _made_once(path: Path) -> str:
    """A random key kept in a file only its owner can read, made at first use (0600; two starters agree on one)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if kept := path.read_text("ascii").strip():
            return kept
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # whoever made the file a moment ago has yet to write the key into it
        key = file.read().strip() or secrets.token_urlsafe(48)
        file.seek(0)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())  # before anything is encrypted with it
    return key


def kept_private(path: Path) -> Path:
    """The file, there and readable by its owner alone. A database keeps people's names and addresses.

    What SQLite puts beside it has the same permissions: https://www.sqlite.org/wal.html
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    for each in (path, *(path.with_name(f"{path.name}-{beside}") for beside in ("wal", "shm"))):
        with suppress(FileNotFoundError):  # who uses the database last takes away what is beside it, at any moment
            about = each.stat()
            if about.st_mode & 0o077 and about.st_uid == os.geteuid():
                each.chmod(0o600)
    return path


@lru_cache
def config() -> Config:
    """This process's configuration. Raises pydantic.ValidationError with the reason when it is unsafe."""
    read = Config()
    read.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = read.home / "keys"
    if not read.secret_key:
        read.secret_key = _made_once(keys / "secret")
    if not read.address_key:
        read.address_key = _made_once(keys / "address")
    if not read.data_keys:
        read.data_keys = _made_once(keys / "data")
    return read


def _last_served(home: Path) -> Path:
    return home / "address"


def public_address() -> str:
    """Where customers and Stripe reach this installation, without a slash at its end.

    Where TIDEOVER_BASE_URL does not say it, it is where the server listens, or did last: read afresh each time, as a
    worker or a command may be a process of its own.
    """
    read = config()
    if read.base_url is not None:
        return read.base_url.rstrip("/")
    try:
        served = _last_served(read.home).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        served = ""
    return served if _is_a_web_address(served) else NEVER_SERVED


def served_at(address: str) -> str:
    """The server listens at `address`: that is the public one from now on, unless it is set. Returns the public one."""
    read = config()
    if read.base_url is None and public_address() != address:
        path = _last_served(read.home)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{address}\n", "ascii")
    return public_address()
