"""docs/operate/first-recovery.md as it is written: its commands in a shell of an empty machine, what they print as shown."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.journeys.terminals import PATIENCE, Payer, apart_from_the_suite, free_port, signed_in
from tests.waiting import until

PAGE = (ROOT / "docs" / "operate" / "first-recovery.md").read_text()
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
THERE_ON_EVERY_MACHINE = ("cat", "mktemp", "tee")
PORT = "8000"


@dataclass(frozen=True)
class Step:
    """A command of the page with the lines it prints there."""

    typed: str
    shown: tuple[str, ...]


def steps() -> Iterator[Step]:
    """The page's commands: each begins with `$ `; a `\\` or a `<<'END'` carries it on over the lines below."""
    typed = ""
    shown: list[str] = []
    for line in "".join(block for kind, block in FENCES if kind == "console").splitlines():
        if typed.endswith("\\") or ("<<'END'" in typed and not typed.endswith("\nEND")):
            typed += f"\n{line}"
        elif line.startswith("$ "):
            if typed:
                yield Step(typed, tuple(shown))
            typed, shown = line.removeprefix("$ "), []
        else:
            shown.append(line)
    yield Step(typed, tuple(shown))


def shown_where_the_port_is_taken() -> tuple[str, ...]:
    (block,) = (block for kind, block in FENCES if not kind)
    return tuple(block.replace("8001", "…").splitlines())


@dataclass
class Shell:
    """A shell without anything that a fresh machine may lack; all that it prints goes to one screen."""

    folder: Path
    database: str
    moved: dict[str, str] = field(default_factory=dict)  # ports that others have, and what is used instead
    read: int = 0

    def __post_init__(self) -> None:
        programs, self.screen = self.folder / "programs", self.folder / "screen"
        programs.mkdir()
        for name in THERE_ON_EVERY_MACHINE:
            (programs / name).symlink_to(shutil.which(name) or name)
        env = {"PATH": str(programs), "HOME": str(self.folder), "TMPDIR": str(self.folder), "LANG": "C.UTF-8"}
        if self.database:
            env["TIDEOVER_DATABASE_URL"] = self.database
        with self.screen.open("w") as screen:
            self.process = subprocess.Popen(
                ["/bin/bash"], stdin=subprocess.PIPE, stdout=screen, stderr=screen, text=True, cwd=ROOT, env=env
            )

    def on_this_machine(self, text: str) -> str:
        for port, other in self.moved.items():
            text = text.replace(port, other)
        return text

    def does(self, step: Step) -> list[str]:
        """Types it, waits until it has ended (or, in the background, printed), and holds that against the page."""
        self.process.stdin.write(f"{self.on_this_machine(step.typed)}\necho ended with $?\n")
        self.process.stdin.flush()
        until(lambda: "ended with" in self.unread() or self.process.poll() is not None)
        if "&" in step.typed[-1:] or step.typed.startswith("kill"):
            until(lambda: len(self.printed()) >= len(step.shown) or self.process.poll() is not None)
        printed = self.printed()
        assert "ended with 0" in self.unread(), (step.typed, printed)
        wanted = "\n".join(re.escape(self.on_this_machine(line)).replace("…", ".*") for line in step.shown)
        assert re.fullmatch(wanted, "\n".join(printed)), (step.typed, wanted, printed)
        self.read = len(self.screen.read_text())
        return printed

    def unread(self) -> str:
        return self.screen.read_text()[self.read :]

    def printed(self) -> list[str]:
        """Without what the shell itself says of its jobs."""
        told = [line.rstrip() for line in self.unread().splitlines()]
        return [line for line in told if not re.match(r"ended with|\[\d+\]", line)]

    def end(self) -> None:
        self.process.communicate("kill $(jobs -p) 2> /dev/null; wait\n", timeout=PATIENCE)


def is_taken(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


@pytest.fixture
def shell(tmp_path: Path, db: None) -> Iterator[Shell]:
    with apart_from_the_suite() as database:
        taken = [port for port in ("12111", "12125") if is_taken(port)]
        shell = Shell(tmp_path, database, {port: str(free_port()) for port in taken})
        yield shell
        shell.end()


def test_its_commands_take_a_person_less_than_two_minutes(capsys: pytest.CaptureFixture[str]) -> None:
    """A command is typed like a field, and so is each value it is given: five seconds. What plays others is not ours."""
    ours = [step.typed for step in steps() if "tideover " in step.typed and "simulator" not in step.typed]
    values = sum(len(re.findall(r"--[a-z-]+ [^-]|\b[A-Z_]+=", typed)) for typed in ours)
    seconds = 5 * (len(ours) + values)
    with capsys.disabled():
        print(f"\nby commands: {len(ours)} commands with {values} values, {seconds} s")  # noqa: T201
    assert [typed.split("tideover ")[1].split()[0] for typed in ours] == ["connect", "go-live", "serve", "login"]
    assert seconds < 120


def serve(shell: Shell, step: Step) -> None:
    """The server says which port it listens on; from then on that is the one the page calls 8000."""
    if not is_taken(PORT):
        shell.does(step)
        return
    listens, _ = shell.does(Step(step.typed, shown_where_the_port_is_taken()))
    shell.moved[PORT] = re.search(r"127\.0\.0\.1:(\d+) ", listens)[1]


def pay(mail: list[str], folder: Path) -> None:
    """Pia opens the link of her mail on a phone and brings another card, as the page's prose tells."""
    link = next(line for line in mail if "/c/" in line)
    said = json.loads(next(folder.glob("tmp.*/stripe.json")).read_text())
    pia = Payer()
    assert "Pay $99.00" in pia.http.get(link).text
    assert pia.pays_with_another_card(link, said["api_base"], said["publishable_key"])["state"] == "paid"
    paid = " ".join(re.sub(r"<[^>]+>", " ", pia.http.get(link).text).split())
    assert "Your payment of $99.00 to Acme went through. Your subscription continues." in paid


@contextmanager
def another_program() -> Iterator[None]:
    """Has the port, and knows no page of ours. Where somebody has it anyway, that one will do."""
    if is_taken(PORT):
        yield
        return
    with ThreadingHTTPServer(("127.0.0.1", int(PORT)), BaseHTTPRequestHandler) as program:
        threading.Thread(target=program.serve_forever, daemon=True).start()
        yield
        program.shutdown()


@pytest.mark.parametrize("taken", [False, True], ids=["as it is", "with port 8000 taken"])
def test_the_first_recovery_goes_as_its_page_says(shell: Shell, taken: bool) -> None:
    with another_program() if taken else nullcontext():
        for step in steps():
            if "tideover serve" in step.typed:
                serve(shell, step)
                continue
            printed = shell.does(step)
            if step.typed == "python3 mail.py":
                pay(printed, shell.folder)
            if step.typed == "tideover login":
                pages = printed[0].partition("/sign-in/")[0]
                cases = signed_in(printed[0]).get(f"{pages}/cases/").text
                assert ("Pia Payer" in cases, "Recovered" in cases) == (True, True)
