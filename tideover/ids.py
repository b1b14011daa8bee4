"""Names for rows: UUIDs that sort by the time they were made, so that an index grows at its end."""

from uuid import UUID

from ulid import ULID


def new_id() -> UUID:
    """A fresh row id (a ULID written as a UUID; never re-used, also after a restore from backup)."""
    return ULID().to_uuid()


def public(prefix: str, row_id: UUID) -> str:
    """The id people and APIs see, such as `case_01J…`."""
    return f"{prefix}_{ULID.from_uuid(row_id)}"


def private(prefix: str, text: str) -> UUID | None:
    """The row id behind a public id, or None where `text` is not one of this kind."""
    head, _, tail = text.rpartition("_")
    if head != prefix:
        return None
    try:
        return ULID.from_str(tail).to_uuid()
    except ValueError:
        return None
