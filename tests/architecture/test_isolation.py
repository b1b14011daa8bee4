"""Tests reach no network, use no folder of the checkout, and do not lean on the machine's zone."""

from __future__ import annotations

import re
import socket
import subprocess
from datetime import datetime

import pytest
from django.conf import settings
from pytest_socket import SocketConnectBlockedError

from tests.architecture.tree import ROOT


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_no_test_reaches_the_network():
    with socket.socket() as outward, pytest.raises(SocketConnectBlockedError):
        outward.connect(("192.0.2.1", 80))  # an address reserved for documentation


def test_no_test_touches_the_checkouts_own_home():
    assert ROOT not in settings.CONFIG.home.absolute().parents
    assert str(ROOT / ".tideover") not in str(settings.DATABASES["default"]["NAME"])


def test_the_machine_lives_far_from_utc():
    assert abs(datetime(2026, 7, 1, 12).astimezone().utcoffset().total_seconds()) >= 12 * 3600


def test_make_alone_tells_every_command():
    told = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"^  make ([\w-]+) +\S", told, re.MULTILINE))
    commands = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert commands is not None
    assert listed == set(commands[1].split())
