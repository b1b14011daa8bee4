"""No finished rule lies about that nothing calls: it is wired, deleted, or on a list with what will call it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from tests.architecture.callers import uncalled
from tests.architecture.tree import PACKAGE, modules, parsed
from tideover.core.situation import Situation

# Finished and tested, and to be called by what comes next.
WAITS_FOR: Final[Mapping[str, str]] = {
    "core/situation.py Advice": "Predictions",
}
# Methods that only a framework calls, and which.
HOOKS: Final[Mapping[str, str]] = {
    "connection_lost": "asyncio",
    "connection_made": "asyncio",
    "data_received": "asyncio",
    "on_message_begin": "httptools",
    "on_message_complete": "httptools",
    "clean": "Django",
    "deconstruct": "Django",
    "database_forwards": "Django",
    "database_backwards": "Django",
    "state_forwards": "Django",
    "from_db_value": "Django",
    "pre_save": "Django",
    "get_redirect_target": "requests",
    "handle_data": "html",
    "handle_endtag": "html",
    "handle_starttag": "html",
    "invoke": "typer",
    "render_to_output": "liquid",
    "get_user": "Django",
    "aclose": "httpx2",
    "handle_async_request": "httpx2",
    "format": "logging",
    "fold": "email",
    "refuse_half_an_application": "pydantic",
    "refuse_what_is_unsafe": "pydantic",
    "must_be_an_address": "pydantic",
}


def test_whatever_nothing_calls_is_on_the_list_with_what_will_call_it():
    assert uncalled(HOOKS) - set(WAITS_FOR) == set()


def test_what_has_gained_its_caller_or_is_gone_is_on_the_list_no_more():
    assert set(WAITS_FOR) - uncalled(HOOKS) - _never_told() == set()


def test_all_that_the_planner_may_know_of_a_case_is_told_or_on_the_list():
    assert _never_told() - set(WAITS_FOR) == set()


def test_a_hook_that_is_called_by_us_or_is_gone_is_on_the_list_no_more():
    assert set(HOOKS) - {place.rpartition(".")[2] for place in uncalled(())} == set()


def _never_told() -> set[str]:
    """The fields of a situation that no room ever fills: the rules behind them can never hold."""
    rooms = [path for path in modules("tideover") if path.relative_to(PACKAGE).parts[0] not in {"core", "simulator"}]
    filled = {
        keyword.arg
        for path in rooms
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    }
    return {f"core/situation.py Situation.{name}" for name in Situation.__dataclass_fields__ if name not in filled}
