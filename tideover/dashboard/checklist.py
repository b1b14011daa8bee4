"""What is still missing before a project recovers money by itself; each step is checked, never ticked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tideover.inbox.models import StripeEvent
from tideover.tenants.models import Connection, Project
from tideover.upkeep.mail import Mail, is_proven, server

CIRCUMFERENCE = 94.2  # of the ring's circle, r = 15


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to have done, and what to do for it."""

    name: str
    done: bool
    title: str
    hint: str
    form: str = ""  # the template of what can be done for it on the page


@dataclass(frozen=True, slots=True)
class Setup:
    """All steps; `next` is the first that is missing."""

    steps: Sequence[Step]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)

    @property
    def arc(self) -> str:
        """The drawn part of the ring."""
        return f"{CIRCUMFERENCE * self.done / len(self.steps):.1f}"


def progress(project: Project, post: Mail) -> Setup:
    """How far the project's set-up has come. `post`: how mail stands."""
    connections = list(
        Connection.objects.filter(
            organization_id=project.organization_id, project=project, state=Connection.State.ACTIVE
        )
    )
    heard = StripeEvent.objects.filter(organization_id=project.organization_id, connection__in=connections).exists()
    return Setup(
        [
            Step(
                "Stripe",
                bool(connections),
                "Connect a Stripe account",
                "Connections asks for a restricted key; so does tideover connect on the server.",
            ),
            Step(
                "Sender",
                bool(project.sender_email),
                "Choose the address your customers get mail from",
                "On the server, tideover connect sets it.",
            ),
            _mail(project, post),
            Step(
                "Webhook",
                heard,
                "Waiting for the first event from Stripe",
                "It comes by itself when something happens at Stripe.",
            ),
            Step(
                "May act",
                any(connection.may_write for connection in connections),
                "This project is in observe mode",
                "Tideover reads, measures and writes to customers. It charges nothing.",
            ),
        ]
    )


def _mail(project: Project, post: Mail) -> Step:
    """Whether messages leave: the mail server is there, and has taken one."""
    form = "dashboard/parts/test_mail.html"
    if post.trouble:
        title = f"The mail server {server()} takes no messages"
        return Step("Mail", done=False, title=title, hint=post.trouble, form=form)
    hint = "Set by TIDEOVER_SMTP_HOST. A test mail shows whether messages arrive."
    done = is_proven(project.organization_id)
    return Step("Mail", done=done, title=f"Messages leave by {server()}: try it", hint=hint, form=form)
