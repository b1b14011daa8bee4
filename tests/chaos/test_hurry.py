"""The harness's product waits a twentieth of production's time for everything, and for nothing else."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module

from chaos.hurry import BOUND, FACTOR, STRIPE_SECONDS, WAITS
from tests.architecture.tree import PACKAGE
from tideover.gateways import way
from tideover.gateways.email import Smtp

SEEN_IN_ANOTHER_PROCESS = """
from importlib import import_module
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = "tideover.settings"
django.setup()
from chaos.hurry import WAITS, hurry
before = [getattr(import_module(module), name) for module, names in WAITS.items() for name in names]
hurry()
after = [getattr(import_module(module), name) for module, names in WAITS.items() for name in names]
from tideover.gateways.email import Smtp
print({round(one / other, 6) for one, other in zip(before, after, strict=True)}, Smtp("localhost", 25)._timeout)
"""


def test_every_wait_is_shorter_by_the_same_factor_also_where_a_class_has_bound_it(tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", SEEN_IN_ANOTHER_PROCESS], capture_output=True, text=True, check=True,
        env={"TIDEOVER_HOME": str(tmp_path), "PYTHONPATH": str(PACKAGE.parent)},
    ).stdout  # fmt: skip
    assert said.split() == [f"{{{float(FACTOR)}}}", str(20.0 / FACTOR)]


def test_nobody_has_a_copy_of_a_wait_that_would_stay_as_long_as_it_was():
    copies = [
        f"{path.name}: {alias.name}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf8")))
        if isinstance(node, ast.ImportFrom) and node.module in WAITS
        for alias in node.names
        if alias.name in WAITS[str(node.module)] and f"{node.module}.{alias.name}" not in TOLD
    ]
    assert copies == []


# Read by the case's page only.
TOLD = {"tideover.recovery.last_look.NEWS_IS_READ_IN"}


def test_what_the_smtp_transport_has_bound_is_what_the_harness_says():
    parameters = inspect.signature(Smtp).parameters
    email = import_module("tideover.gateways.email")
    assert {name: parameters[name].default for name in BOUND} == {
        given: getattr(email, name) for given, name in BOUND.items()
    }


def test_the_harness_knows_how_long_the_product_waits_for_stripe():
    assert way.TIMEOUT_SECONDS / FACTOR == STRIPE_SECONDS
