"""What the words of a language are set in: faces that the reader's system brings for its script. None is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LATIN: Final = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, sans-serif"
SERIF: Final = "Georgia, Cambria, 'Times New Roman', serif"
# By the name of the language's folder: those of macOS and iOS, of Windows, of Android and Linux. Digits and Latin names
# come from the same family, so that they stand on one line; a Chinese one draws bullets as wide as its letters.
FACES: Final[Mapping[str, str]] = {
    "ar": "-apple-system, BlinkMacSystemFont, 'Geeza Pro', 'Segoe UI', Tahoma, 'Noto Sans Arabic', sans-serif",
    "ja": "'Hiragino Sans', 'Hiragino Kaku Gothic ProN', 'Yu Gothic UI', Meiryo, 'Noto Sans CJK JP', sans-serif",
    "zh-Hans": "'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
}
# Where letters reach further up and down than Latin ones, lines stand further apart.
ROOMY: Final = frozenset({"ar"})
