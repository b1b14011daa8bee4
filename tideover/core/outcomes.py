"""What came of an action and of a try to charge: the words, how they are stored, and which of them had an effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Tried(StrEnum):
    """What came of one try to charge an invoice, by whomever."""

    PAID = "paid"
    DECLINED = "declined"
    AUTHENTICATION = "authentication"  # the bank wanted to see the customer
    PROCESSING = "processing"  # a bank debit is under way
    BLOCKED = "blocked"  # it never reached the bank


FAILED_TRIES: Final = (Tried.DECLINED, Tried.AUTHENTICATION, Tried.BLOCKED)


class Word(StrEnum):
    """What came of an action. A doubt that is settled by reading has the word of the try that was found (`Tried`)."""

    PAID = "paid"
    DECLINED = "declined"  # with the bank's code
    NEEDS_AUTHENTICATION = "needs-authentication"
    AUTHENTICATION = "authentication"  # the same, found by reading
    PROCESSING = "processing"
    BLOCKED = "blocked"
    REFUSED = "refused"  # not tried: by Stripe, with its code, or by us
    NOT_TRIED = "not-tried"  # it was in doubt, and Stripe shows no try
    SENT = "sent"
    FAILED = "failed"  # the mail server would not have it
    UNKNOWN = "unknown"  # the mail server's verdict was lost
    JOINED = "joined"  # the message about another invoice of the customer told of this one too
    CLOSED = "closed"
    HELD = "held"  # Stripe tries the invoice by itself no more
    GIVEN_BACK = "given-back"  # it does again
    SKIPPED = "skipped"  # there was nothing to do any more, or nothing may be done
    DROPPED = "dropped"  # the plan changed
    GAVE_UP = "gave-up"  # a person decides
    CLAIMED = "claimed"  # none yet: a worker holds it


class Effect(StrEnum):
    """Whether an action with this word had an effect."""

    NONE = "none"  # nothing left the house
    VAIN = "vain"  # it left, and was sent back
    PERHAPS = "perhaps"  # nobody knows, so it counts as one
    SURE = "sure"


EFFECTS: Final[Mapping[Word, Effect]] = {
    Word.PAID: Effect.SURE,
    Word.DECLINED: Effect.SURE,
    Word.NEEDS_AUTHENTICATION: Effect.SURE,
    Word.AUTHENTICATION: Effect.SURE,
    Word.PROCESSING: Effect.SURE,
    Word.BLOCKED: Effect.SURE,
    Word.REFUSED: Effect.NONE,
    Word.NOT_TRIED: Effect.PERHAPS,  # that Stripe shows none is less than an answer that there was none
    Word.SENT: Effect.SURE,
    Word.FAILED: Effect.VAIN,
    Word.UNKNOWN: Effect.PERHAPS,
    Word.JOINED: Effect.SURE,
    Word.CLOSED: Effect.SURE,
    Word.HELD: Effect.SURE,
    Word.GIVEN_BACK: Effect.SURE,
    Word.SKIPPED: Effect.NONE,
    Word.DROPPED: Effect.NONE,
    Word.GAVE_UP: Effect.PERHAPS,
    Word.CLAIMED: Effect.PERHAPS,
}
UNDONE: Final = tuple(word for word in Word if EFFECTS[word] in {Effect.NONE, Effect.VAIN})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action: a word, with a code of whoever said no; and the reason, a clause for people."""

    word: Word
    code: str = ""
    reason: str = ""

    @property
    def stored(self) -> str:
        """As it stands in the action's row: `paid`, `declined:insufficient_funds`."""
        return f"{self.word}:{self.code}" if self.code else str(self.word)


def code_of(stored: str) -> str:
    """The code of a stored outcome; empty where it has none."""
    return stored.partition(":")[2]


def word_of(stored: str) -> Word | None:
    """The word of a stored outcome; None where it is empty, or not known here."""
    word = stored.partition(":")[0]
    return Word(word) if word in set(Word) else None


def effect_of(stored: str) -> Effect:
    """Whether an action with this stored outcome had an effect; where its word is not known here, perhaps."""
    word = word_of(stored)
    return EFFECTS[word] if word else Effect.PERHAPS


class Unsent(StrEnum):
    """Why nothing may be sent to an address now: the reason of a message that was skipped, or is put off."""

    NO_ADDRESS = "no-address"
    INVALID_ADDRESS = "invalid-address"
    NO_PHONE = "no-phone"
    INVALID_PHONE = "invalid-phone"
    NOT_SET_UP = "channel-not-set-up"
    STOPPED = "organization-stopped"
    OFF = "recovery-off"
    TEST_MODE = "test-mode"
    UNSUBSCRIBED = "suppressed:unsubscribed"
    BOUNCED = "suppressed:bounced"
    COMPLAINED = "suppressed:complained"
    TOO_MANY_BOUNCES = "stream-paused:bounced"
    TOO_MANY_COMPLAINTS = "stream-paused:complained"
    CAPPED = "recipient-cap"


def unsent(reason: str) -> Unsent | None:
    """The reason as one of these; None for any other."""
    return Unsent(reason) if reason in set(Unsent) else None
