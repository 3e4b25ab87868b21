"""Tries changed texts with tests that are collected once, which `tools/mutate.py` does for hours.

Most changes are inside functions. A process that has imported the package and collected its tests
makes a copy of itself for each change, exchanges the code of the functions that differ, and runs
the tests that reach them, what found earlier changes first. What is changed outside functions, and
what passes so when it is tried again, is imported by a process of its own, which runs all tests.
"""

import gc
import importlib
import importlib.abc
import importlib.util
import math
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from itertools import accumulate
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src"
#: Fixtures of fits that NUTS makes, and where: their tests take longer than all others of a core.
SLOW = (("", "sleepstudy_fit"), ("tests/families/", "fit"))
#: Plugins that are loaded already are imported before pytest could rewrite their assertions.
OPTIONS = (
    "--numprocesses=0",  # this process runs them: others would not have the changed code
    "-q",
    "-s",
    "-x",
    "-p",
    "no:cacheprovider",
    "-Wignore::pytest.PytestAssertRewriteWarning",
)
#: Seconds of the processor, and times those of the tests without a change, after which a change
#: counts as found: it does not end.
SLACK, TIMES = 10, 5
#: Seconds that a change's tests take at first; the others are left to changes that are tried again.
QUICK = 2.0
#: What the tests do not import, but is not to be imported anew either.
OURS = ("mixwell", "tests", "conftest", "__main__", "trials")


@dataclass(frozen=True)
class Change:
    """One changed place: where it is, and the whole text with it."""

    file: str
    line: int
    before: str
    after: str
    text: str

    @property
    def key(self) -> str:
        """What names the change in the results: it stays when other lines move."""
        return f"{self.file}: {self.before} -> {self.after}"

    @property
    def module(self) -> str:
        """The name by which the file is imported."""
        return self.file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


@dataclass
class Unchanged:
    """What the tests do without a change: seconds, functions reached, failures, modules loaded."""

    seconds: dict[str, float]
    reached: dict[str, set[tuple[str, str]]]
    failed: list[str]
    modules: list[str]


class Trials:
    """The tests of a core, ready to try changes."""

    def __init__(self, tests: list[str]) -> None:
        self._paths = [str(ROOT / "tests" / path) for path in tests]
        self._ours, theirs = Pipe()
        if os.fork() == 0:
            self._ours.close()
            _silently(lambda: pytest.main([*OPTIONS, *self._paths], [_Collected(theirs)]))
        theirs.close()
        try:
            self._unchanged: Unchanged = self._ours.recv()
        except EOFError:
            raise SystemExit("the tests cannot be collected") from None
        if self._unchanged.failed:
            raise SystemExit(f"without any change these fail: {self._unchanged.failed}")
        _load(name for name in self._unchanged.modules if name.split(".")[0] not in OURS)

    def survives(self, change: Change, thoroughly: bool) -> bool:
        """Whether tests pass with the change: quick ones that reach it, or thoroughly all."""
        self._ours.send(change)
        quickly: bool | None = self._ours.recv()
        if quickly is False or (quickly and not thoroughly):
            return quickly
        return _forked(self._imported, change, math.inf if thoroughly else QUICK) is True

    def _imported(self, change: Change, most: float) -> bool:
        _limit(min(most, sum(self._unchanged.seconds.values())) + SLACK)
        sys.meta_path.insert(0, _Changed(change))
        order = _QuickFirst(self._unchanged.seconds, most)
        return _silently(lambda: pytest.main([*OPTIONS, *self._paths], [order]) == 0)


class _QuickFirst:
    """Leaves out the tests of long fits, has quick ones first, and ends after `most` seconds."""

    def __init__(self, seconds: dict[str, float], most: float) -> None:
        self._seconds, self._most = seconds, most

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # tests that were written since the others were timed are left to the next run
        kept = [i for i in items if i.nodeid in self._seconds and not _is_slow(i)]
        kept.sort(key=lambda item: self._seconds[item.nodeid])
        spent = accumulate(self._seconds[item.nodeid] for item in kept)
        items[:] = kept[: sum(so_far < self._most for so_far in spent)]


def _is_slow(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return any(where in item.nodeid and name in fixtures for where, name in SLOW)


class _Collected:
    """Answers, in place of running the tests, whether they pass with each change that comes in."""

    def __init__(self, changes: Connection) -> None:
        self._changes = changes
        self._found: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not _is_slow(item)]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        unchanged = _forked(_unchanged, session.items)
        if unchanged is not None and not session.testsfailed:
            self._changes.send(unchanged)
            _load(unchanged.modules)
            functions = [f for f in gc.get_objects() if isinstance(f, FunctionType) and _ours(f)]
            gc.freeze()
            with suppress(EOFError):
                while True:
                    change = self._changes.recv()
                    self._changes.send(self._survives(change, session, unchanged, functions))
        return True

    def _survives(
        self,
        change: Change,
        session: pytest.Session,
        unchanged: Unchanged,
        functions: list[FunctionType],
    ) -> bool | None:
        exchanges = _exchanges(change, functions)
        names = {(function.__code__.co_filename, code.co_qualname) for function, code in exchanges}
        cost = {item: unchanged.seconds[item.nodeid] + 0.01 for item in session.items}
        chosen = sorted(
            (item for item in session.items if names & unchanged.reached[item.nodeid]),
            key=lambda item: (-self._found[item.nodeid] / cost[item], cost[item]),
        )
        spent = accumulate(cost[item] for item in chosen)
        chosen = chosen[: sum(so_far < QUICK for so_far in spent)]
        if not chosen:
            return True if exchanges else None
        failed = _forked(_first_failure, exchanges, chosen, sum(cost[item] for item in chosen))
        self._found[failed or ""] += 1
        return failed == ""


def _ours(function: FunctionType) -> bool:
    return function.__code__.co_filename.startswith(str(PACKAGE))


def _unchanged(items: list[pytest.Item]) -> Unchanged:
    result = Unchanged({}, {}, [], [])
    reached: set[tuple[str, str]] = set()

    def start(code: CodeType, offset: int) -> object:
        reached.add((code.co_filename, code.co_qualname))
        return monitoring.DISABLE

    monitoring = sys.monitoring
    monitoring.use_tool_id(monitoring.COVERAGE_ID, "mutate")
    monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.PY_START, start)
    monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.PY_START)
    for item, following in zip(items, [*items[1:], None], strict=True):
        reached.clear()
        monitoring.restart_events()
        begin = time.process_time()
        if not _pass(item, following):
            result.failed.append(item.nodeid)
        result.seconds[item.nodeid] = time.process_time() - begin
        result.reached[item.nodeid] = {one for one in reached if one[0].startswith(str(PACKAGE))}
    result.modules.extend(sys.modules)
    return result


def _pass(item: pytest.Item, following: pytest.Item | None) -> bool:
    before = item.session.testsfailed
    item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    return item.session.testsfailed == before


def _first_failure(
    exchanges: list[tuple[FunctionType, CodeType]], items: list[pytest.Item], seconds: float
) -> str:
    _limit(seconds)
    for function, code in exchanges:
        function.__code__ = code
    for item, following in zip(items, [*items[1:], None], strict=True):
        if not _pass(item, following):
            return item.nodeid
    return ""


def _exchanges(
    change: Change, functions: list[FunctionType]
) -> list[tuple[FunctionType, CodeType]]:
    """Pair loaded functions with their changed code; none if more than functions is changed."""
    file = str(PACKAGE / change.file)
    old = compile(Path(file).read_text(encoding="utf-8"), file, "exec")
    pairs = list(_differing(old, compile(change.text, file, "exec")))
    if any(before is None for before, _ in pairs):
        return []
    return [
        (function, after)
        for before, after in pairs
        for function in functions
        if function.__code__.co_filename == file and function.__code__ == before
    ]


def _differing(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType | None, CodeType]]:
    """Give the outermost functions whose code differs, or `None` for what is not in a function."""
    if old == new:
        return
    if old.co_flags & CO_OPTIMIZED:
        yield old, new
        return
    if _outside(old) != _outside(new):
        yield None, new
        return
    for before, after in zip(_inside(old), _inside(new), strict=True):
        yield from _differing(before, after)


def _inside(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _outside(code: CodeType) -> tuple[object, ...]:
    values = [repr(value) for value in code.co_consts if not isinstance(value, CodeType)]
    return code.co_code, code.co_names, values, len(_inside(code))


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives the changed text where its module is imported."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def find_spec(self, name: str, path: object, target: object = None):
        if name != self._change.module:
            return None
        return importlib.util.spec_from_file_location(
            name, PACKAGE / self._change.file, loader=self
        )

    def get_source(self, fullname: str) -> str:
        return self._change.text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._change.text, str(PACKAGE / self._change.file), "exec")


def _load(modules: Iterator[str] | list[str]) -> None:
    for name in modules:
        with suppress(Exception):
            importlib.import_module(name)


def _limit(seconds: float) -> None:
    """End this process when it takes much longer than what it does takes without a change."""
    most = int(time.process_time() + TIMES * seconds + SLACK)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))
    signal.alarm(600 + 10 * most)


def _forked[T](work: Callable[..., T], *given: object) -> T | None:
    """What `work` returns in a copy of this process, `None` if that ends by itself."""
    here, there = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        try:
            there.send(_silently(lambda: work(*given)))
        finally:
            os._exit(0)
    there.close()
    try:
        return here.recv()
    except EOFError:
        return None
    finally:
        here.close()
        os.waitpid(child, 0)


def _silently[T](work: Callable[[], T]) -> T:
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    return work()
