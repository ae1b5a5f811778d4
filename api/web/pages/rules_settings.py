"""Settings of the installation as people read them: what each is about, its value, and the variable it is set by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from api.settings import Settings
from api.web.language import N_
from api.web.render import Page


class Setting(NamedTuple):
    """A setting: what it is about, its value in words, and the name of its variable."""

    title: str
    value: str
    variable: str


def settings_of(page: Page) -> list[tuple[str, list[Setting]]]:
    """Settings by part, without secrets and without where things lie."""
    settings, told = page.services.settings, page.words
    return [
        (
            told.text(part),
            [
                Setting(told.text(title), value(page, settings), f"TRIAGE_{name.upper()}")
                for name, title, value in rows
            ],
        )
        for part, rows in _PARTS
    ]


_Told = Callable[[Page, Settings], str]


def _code(name: str) -> _Told:
    """The name of a choice."""
    return lambda page, settings: page.name(name, str(getattr(settings, name)))


def _hours(name: str) -> _Told:
    return lambda page, settings: _hours_told(page, getattr(settings, name))


def _hours_told(page: Page, hours: float) -> str:
    return page.words.plural("%(num)s hour", "%(num)s hours", int(hours)) if hours == int(hours) else (
        page.words.plural("%(num)s minute", "%(num)s minutes", round(hours * 60))
    )  # fmt: skip


def _minutes(name: str, seconds: float = 60) -> _Told:
    """A span that is kept in units of so many seconds, in minutes."""
    return lambda page, settings: page.words.plural(
        "%(num)s minute", "%(num)s minutes", round(getattr(settings, name) * seconds / 60)
    )


def _days(page: Page, settings: Settings) -> str:
    return page.words.plural("%(num)s working day", "%(num)s working days", settings.accept_within_days)


def _bytes(name: str) -> _Told:
    return lambda page, settings: page.words.bytes(getattr(settings, name))


def _mail(page: Page, settings: Settings) -> str:
    return settings.smtp_host or page.words.text("none: mail is not sent")


def _sign_in(page: Page, settings: Settings) -> str:
    return settings.oidc_issuer or page.words.text("none: passwords alone")


def _hosts(page: Page, settings: Settings) -> str:
    return ", ".join(sorted(settings.webhook_hosts)) or page.words.text("none")


_PARTS: Final[tuple[tuple[str, tuple[tuple[str, str, _Told], ...]], ...]] = (
    (N_("Work"), (
        ("assignment", N_("How papers come to clerks"), _code("assignment")),
        ("show_suggestion", N_("Clerks see what is suggested"), _code("show_suggestion")),
        ("lease_seconds", N_("A paper that is open is held after the last sign of life for"),
         _minutes("lease_seconds", 1)),
        ("undo_minutes", N_("A decision can be taken back for"), _minutes("undo_minutes")),
        ("rise_after_hours", N_("A paper that nobody looks at rises after"), _hours("rise_after_hours")),
        ("accept_within_days", N_("Departments accept within"), _days),
        ("notices", N_("Letters to senders are made"), _code("notices")),
    )),
    (N_("Intake"), (
        ("number_format", N_("Form of registration numbers"), lambda _, settings: settings.number_format),
        ("upload_bytes", N_("Largest file"), _bytes("upload_bytes")),
        ("request_bytes", N_("All files sent together"), _bytes("request_bytes")),
        ("upload_files", N_("Files sent together"), lambda page, settings: page.words.number(settings.upload_files)),
    )),
    (N_("Signing in"), (
        ("session_hours", N_("A session lasts"), _hours("session_hours")),
        ("session_idle_minutes", N_("It ends without a request after"), _minutes("session_idle_minutes")),
        ("oidc_issuer", N_("Sign-in provider"), _sign_in),
    )),
    (N_("Connections and proof"), (
        ("smtp_host", N_("Mail server"), _mail),
        ("webhook_hosts", N_("Internal systems that webhooks may reach"), _hosts),
        ("checkpoint_events", N_("The audit chain is signed after events"),
         lambda page, settings: page.words.number(settings.checkpoint_events)),
        ("checkpoint_minutes", N_("And at least every, while events come"), _minutes("checkpoint_minutes")),
    )),
)  # fmt: skip
