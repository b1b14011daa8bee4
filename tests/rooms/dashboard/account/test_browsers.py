"""A browser is told as people call it."""

from __future__ import annotations

import pytest

from tideover.dashboard.account.browsers import in_words

CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 {}Safari/537.36{}"
WINDOWS, MAC = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (CHROME.format(WINDOWS, "", ""), "Chrome on Windows"),
        (CHROME.format(WINDOWS, "", " Edg/142.0.0.0"), "Edge on Windows"),
        (CHROME.format(MAC, "", " OPR/120.0"), "Opera on macOS"),
        (CHROME.format("Linux; Android 15; Pixel 9", "Mobile ", ""), "Chrome on Android"),
        (CHROME.format("X11; CrOS x86_64 14541.0.0", "", ""), "Chrome on ChromeOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            f"Mozilla/5.0 ({MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Phone/1", "Phone/1"),
        ("curl/8.5 " + "x" * 200, "curl/8.5 " + "x" * 71),
        ("", "A browser without a name"),
    ],
)
def test_what_a_browser_says_of_itself_becomes_its_name(said, told):
    assert in_words(said) == told
