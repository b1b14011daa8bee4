"""What strangers' servers say, made fit to be kept."""


def printable(words: str) -> str:
    """The words without control characters: PostgreSQL refuses a NUL, and a log has no use for a bell."""
    return "".join(character for character in words if character.isprintable())
