"""What strangers' servers say, made fit to be kept."""


def printable(words: str) -> str:
    """The words without control characters: PostgreSQL refuses a NUL, and a log has no use for a bell."""
    return "".join(character for character in words if character.isprintable())


def storable(text: str) -> str:
    """The text as both databases take it: without NUL, and without half a character, which no encoding knows.

    Joiners and all else stay: names in Persian or Hindi are written with them.
    """
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
