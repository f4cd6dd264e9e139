"""What no linter knows: the rules of the house, each as a test over the code itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import string
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.db.transaction import Atomic

import onorder
import onorder.actions
from onorder.errors import BadInput, OnOrderError

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "onorder"
LONGEST_FILE, LONGEST_FUNCTION = 450, 60  # Lines. `migrations` are generated and do not count.
BELOW_THE_EDGES = ("rules", "models", "ledger", "queue", "actions", "queries")
CLOCKS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now", "timezone.localdate"),
    *("timezone.localtime", "time.time", "time.time_ns", "localdate", "localtime"),
}
#: Actions that tests/races/test_killed.py leaves out, and why.
NOT_KILLED = {
    "shop.open_shop": "done once, on an empty database",
    "payments.refunded_by_supplier": "the same function as pay_supplier",
    "repair.rebuild": "run again whenever it was interrupted, until nothing is wrong",
}

#: Not read from top to bottom: a line for each text.
A_LIST = {"onorder/wording/refusal_texts.py"}

#: What a subprocess said is its own sentence.
ITS_PROBLEM_SAYS_IT_ALL = {"BenchFailed"}


def sources(*folders):
    """The product's own modules: path and syntax tree."""
    for folder in folders or ("",):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def named(path):
    return str(path.relative_to(ROOT))


def actions():
    """Every public function of onorder.actions, by "module.name"."""
    for _, name, _ in pkgutil.iter_modules(onorder.actions.__path__):
        module = importlib.import_module(f"onorder.actions.{name}")
        for verb, function in inspect.getmembers(module, inspect.isfunction):
            if not verb.startswith("_") and function.__module__ == module.__name__:
                yield pytest.param(function, id=f"{name}.{verb}")


@pytest.mark.parametrize("action", list(actions()))
def test_an_action_says_who_and_when_and_is_one_transaction(action):
    parameters = inspect.signature(action).parameters
    assert all(parameters[name].kind is inspect.Parameter.KEYWORD_ONLY for name in ("by", "now"))
    assert all(parameters[name].default is inspect.Parameter.empty for name in ("by", "now"))
    around = [cell.cell_contents for cell in action.__closure__ or ()]
    assert any(isinstance(wrapper, Atomic) and wrapper.durable and wrapper.using is None for wrapper in around)
    assert action.__doc__ and action.__doc__.strip().partition("\n")[0].endswith((".", ":"))


@pytest.mark.parametrize("action", list(actions()))
def test_every_action_is_killed_in_the_middle(action):
    name = f"{action.__module__.rpartition('.')[2]}.{action.__name__}"
    killed = (ROOT / "tests/races/test_killed.py").read_text()
    called = name.removeprefix("shop.")
    assert (name in NOT_KILLED) != (
        re.search(rf"\b{re.escape(called)}\b", killed.partition("ACTIONS = {")[2]) is not None
    )


def test_nothing_but_an_action_opens_a_transaction():
    found = []
    for path, tree in sources("rules", "models", "ledger", "queue", "queries"):
        found += [
            f"{named(path)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute | ast.Name)
            and _dotted(node).rpartition(".")[2] in ("atomic", "savepoint")
        ]
    assert found == []


def test_the_clock_is_read_at_the_edges_only():
    found = []
    for path, tree in sources(*BELOW_THE_EDGES):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute | ast.Name) and any(
                _dotted(node) == clock or _dotted(node).endswith(f".{clock}") for clock in CLOCKS
            ):
                found.append(f"{named(path)}:{node.lineno} {_dotted(node)}")
            if isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
                found.append(f"{named(path)}:{node.lineno} {node.arg}")
    assert found == []


def test_the_clock_of_the_database_is_not_read_either():
    clocks = re.compile(r"\b(CURRENT_TIMESTAMP|CURRENT_DATE|now\(\)|datetime\('now'\))", re.IGNORECASE)
    found = []
    for path, tree in sources(*BELOW_THE_EDGES):
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        found += [f"{named(path)}:{node.lineno}" for node in texts if clocks.search(node.value)]
    assert found == []


def test_rules_know_no_framework():
    """What the import contracts say, without their tool."""
    for path, tree in sources("rules"):
        for module in _imported(tree):
            assert module.split(".")[0] != "django", named(path)
            assert not module.startswith("onorder.") or module.startswith(("onorder.rules", "onorder.errors")), named(
                path
            )


def test_every_example_in_a_docstring_is_run():
    """`make test-sqlite` collects them where pytest looks by itself, so it must look everywhere."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        looked_in = tomllib.load(file)["tool"]["pytest"]["ini_options"]["testpaths"]
    with_examples = {path for path, _ in sources() if re.search(r"^ +>>> ", path.read_text(), re.MULTILINE)}
    assert len(with_examples) > 10
    assert [named(p) for p in with_examples if not any(p.is_relative_to(ROOT / folder) for folder in looked_in)] == []


def test_no_file_and_no_function_is_too_long():
    found = []
    for path, tree in sources():
        lines = len(path.read_text().splitlines())
        if lines > LONGEST_FILE and named(path) not in A_LIST:
            found.append(f"{named(path)} has {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _length(node) > LONGEST_FUNCTION:
                found.append(f"{named(path)}: {node.name} has {_length(node)} lines")
    assert found == []


def test_every_module_and_every_public_class_and_function_of_it_says_what_it_is():
    found = []
    for path, tree in sources(*(set(BELOW_THE_EDGES) - {"models", "queries"})):
        if not ast.get_docstring(tree):
            found.append(named(path))
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                is_refusal = isinstance(node, ast.ClassDef) and any(
                    _dotted(base) == "OnOrderError" for base in node.bases
                )
                is_enum = isinstance(node, ast.ClassDef) and any(_dotted(base) == "StrEnum" for base in node.bases)
                if not (ast.get_docstring(node) or is_refusal or is_enum):  # A refusal has a sentence instead.
                    found.append(f"{named(path)}: {node.name}")
    assert found == []


def test_nothing_names_a_machine_a_registry_or_how_it_was_made():
    """The repository is read by strangers: no path of a machine, no address that packages are fetched from."""
    private = re.compile(
        r"/wor"
        r"k/|/home/[a-z]|/Use"
        r"rs/|/ro"
        r"ot/|pypi\.o"
        r"rg|pythonho"
        r"sted|index-u"
        r"rl\s*[= ]\s*http"
        r"|artifac"
        r"tory|\b(see|fixes|closes|issue) #\d+",
        re.IGNORECASE | re.MULTILINE,
    )
    found = []
    for path in _files():
        try:
            text = (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path}: {match.group()!r}" for match in private.finditer(text)]
    assert found == []


def refusals():
    for _, name, _ in pkgutil.walk_packages(onorder.__path__, "onorder."):
        if ".migrations" not in name and not name.endswith(("wsgi", "__main__")):
            importlib.import_module(name)
    seen, todo = [], [OnOrderError]
    while todo:
        for refusal in todo.pop().__subclasses__():
            if refusal.__module__.startswith("onorder."):
                seen.append(refusal)
                todo.append(refusal)
    return seen


def test_every_refusal_has_a_code_of_its_own_a_sentence_and_a_remedy():
    found = refusals()
    assert len(found) > 10
    codes = [refusal.code for refusal in found if "code" in vars(refusal)]
    assert len(set(codes)) == len(codes)
    for refusal in found:
        assert refusal.code != OnOrderError.code, refusal
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", refusal.code), refusal
        assert refusal.sentence.endswith((".", "}")), refusal
        assert refusal.remedy.endswith((".", "{remedy}")) or refusal.__name__ in ITS_PROBLEM_SAYS_IT_ALL, refusal


def test_every_refusal_is_raised_with_what_its_texts_need():
    """A sentence that cannot be filled in would hide the refusal behind a KeyError."""
    needs = {refusal.__name__: _fields(refusal) for refusal in refusals() if "__init__" not in vars(refusal)}
    raised = set()
    found = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or _dotted(node.func).rpartition(".")[2] not in needs:
                continue
            if any(keyword.arg is None for keyword in node.keywords):
                continue
            name = _dotted(node.func).rpartition(".")[2]
            raised.add(name)
            if missing := needs[name] - {keyword.arg for keyword in node.keywords}:
                found.append(f"{named(path)}:{node.lineno}: {name} without {', '.join(sorted(missing))}")
    assert found == []
    assert len(raised) > 10


def _fields(refusal):
    if issubclass(refusal, BadInput):
        return {"what", "problem"}
    return {name for _, name, _, _ in string.Formatter().parse(f"{refusal.sentence} {refusal.remedy}") if name}


def _dotted(node):
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _length(function):
    return function.end_lineno - function.lineno + 1


def _files():
    """What is in the repository; without git, what would be."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return [path for path in listed.stdout.splitlines() if (ROOT / path).exists()]
    except (OSError, subprocess.CalledProcessError):
        folders = ("onorder", "tests", "docs", "requirements")
        return [named(path) for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
