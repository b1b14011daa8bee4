"""The bar for code: sizes, names, first lines, and nobody but the clock reads the time."""

from __future__ import annotations

import ast
import statistics
from collections import Counter
from pathlib import Path

from tests.architecture.tree import PACKAGE, ROOT, functions, imports, modules, parsed

CODE = ("tideover", "scripts", "chaos", "bench")
EVERYTHING = (*CODE, "tests")
CLOCKS = {PACKAGE / "clock.py", PACKAGE / "simulator" / "clock" / "clock.py"}
# What reads the wall clock or rolls dice, by the last two words of the call or import.
READS_THE_WORLD = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now", "timezone.localtime",
    "timezone.localdate", "time.time", "time.time_ns", "time.localtime", "time.gmtime", "functions.Now",
    "random.random", "random.choice", "random.choices", "random.randint", "random.randrange", "random.shuffle",
    "random.uniform", "random.sample", "random.gauss", "random.seed", "uuid.uuid1",
}  # fmt: skip
HOUSES_EVERYTHING = {"utils", "util", "helpers", "helper", "services", "common", "misc", "tools", "lib"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_400_lines():
    long = {named(path): lines for path in modules(*EVERYTHING) if (lines := len(path.read_text().splitlines())) > 400}
    assert not long


def test_no_folder_holds_more_than_30_modules():
    held = Counter(named(path.parent) for path in modules(*EVERYTHING))
    assert {folder: number for folder, number in held.items() if number > 30} == {}


def test_no_function_is_longer_than_60_lines():
    assert [f"{function.place} {function.name}" for function in functions(*EVERYTHING) if function.lines > 60] == []


def test_nine_of_ten_functions_are_under_30_lines_and_half_of_them_under_9():
    lines = [function.lines for function in functions(*CODE)]
    assert statistics.median(lines) <= 8
    assert sum(count < 30 for count in lines) >= 0.9 * len(lines)


def test_every_module_says_first_what_it_is_for():
    written = [path for path in modules(*EVERYTHING) if path.read_text().strip()]
    assert [named(path) for path in written if not ast.get_docstring(parsed(path))] == []


def test_nothing_has_a_name_that_fits_everything():
    places = [path.relative_to(ROOT) for path in modules(*EVERYTHING)]
    assert [
        str(place) for place in places if HOUSES_EVERYTHING & {part.removesuffix(".py") for part in place.parts}
    ] == []


def test_now_is_an_argument():
    read = {named(path): READS_THE_WORLD & (_calls(path) | _imported_words(path)) for path in modules("tideover")}
    clocks = {named(path) for path in CLOCKS}
    assert {place: sorted(words) for place, words in read.items() if words and place not in clocks} == {}


def test_no_column_and_no_template_reads_the_clock():
    columns = [path for path in modules("tideover") if "auto_now" in path.read_text()]
    templates = [path for path in PACKAGE.rglob("*.html") if "{% now " in path.read_text()]
    assert columns + templates == []


def test_the_guard_of_the_clock_sees_every_way_to_read_it(tmp_path):
    module = tmp_path / "sly.py"
    module.write_text("from time import time\nimport datetime as d\nd.datetime.now()\n")
    assert READS_THE_WORLD & (_calls(module) | _imported_words(module)) == {"time.time", "datetime.now"}


def _calls(path: Path) -> set[str]:
    words = (ast.unparse(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute))
    return {".".join(word.split(".")[-2:]) for word in words}


def _imported_words(path: Path) -> set[str]:
    return {".".join(name.split(".")[-2:]) for name in imports(path)}


def test_the_simulator_knows_nothing_of_ours():
    inside = [path for path in modules("tideover") if "simulator" in path.relative_to(PACKAGE).parts]
    known = {name for path in inside for name in imports(path) if name.startswith("tideover")}
    assert inside
    assert {name for name in known if not name.startswith("tideover.simulator")} == set()
