"""What the next messages say, a row each, where drafts speak that nobody has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from tideover.core.declines import Heals
from tideover.dashboard.texts.drafts import Place
from tideover.dashboard.words import Word
from tideover.messages.drafts.brief import Wanted
from tideover.messages.drafts.rows import Draft
from tideover.recovery.telling.coming import Standing

MOST: Final = 40
ENDS: Final[Mapping[Heals, str]] = {
    Heals.TIME: "a later try may end it",
    Heals.NEW_METHOD: "another payment method ends it",
    Heals.CUSTOMER: "the customer confirms it",
    Heals.MERCHANT: "something is to be changed at Stripe",
    Heals.RECEIVER: "its receiver pays it",
}
WORDS: Final[Mapping[str, Word]] = {
    Draft.State.PROPOSED: Word("Drafted", "good", "sparkles"),
    Draft.State.USED: Word("Drafted", "good", "sparkles"),
    Draft.State.REFUSED: Word("Ours: the draft was refused", "warn", "shield"),
    Draft.State.DISCARDED: Word("Ours: you turned the draft down", "", "x"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A text that messages want, and what they say."""

    standing: Standing

    @property
    def place(self) -> Place:
        return Place(self.wanted.which)

    @property
    def wanted(self) -> Wanted:
        return self.standing.coming.wanted

    @property
    def ends_by(self) -> str:
        """What can end the failure that it is written after; empty where it is none of the sequence."""
        return ENDS[self.wanted.heals] if self.wanted.heals else ""

    @property
    def word(self) -> Word:
        """What they say, in short."""
        if self.standing.is_taken:
            return Word("Yours", "info", "pencil")
        draft = self.standing.draft
        return WORDS[draft.state] if draft else Word("Ours, until it is drafted", "", "clock")

    @property
    def why(self) -> str:
        """Why its draft was refused."""
        draft = self.standing.draft
        return " ".join(dict.fromkeys(each["says"] for each in draft.objections[:2])) if draft else ""

    @property
    def preview(self) -> str:
        """Of the draft, for a made-up customer."""
        draft = self.standing.draft
        said = {"draft": draft.public_id if draft else "", "tone": self.wanted.tone}
        how = {"psychology": "on"} if self.wanted.psychology else {}
        return f"{reverse('dashboard:text-preview')}?{self.place.query}&{urlencode({**said, **how})}"
