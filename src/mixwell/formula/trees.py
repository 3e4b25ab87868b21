"""What all nodes of a syntax tree share: equality and hashing by structure, and the walk over it.

The trees of formulas (`syntax.py`) and those of R scripts (`mixwell.r.language.nodes`) are these.
"""

from collections.abc import Iterator
from functools import cache
from typing import ClassVar


class Tree:
    """The base of all nodes: equality by structure, blind to the place in the text.

    Comparison and hashing do not recurse, so that a sum of thousands of terms is safe. Nodes do not
    change, and thousands of terms look up the same few again and again: a hash is made once.
    """

    __slots__ = ("_hash",)
    __match_args__: ClassVar[tuple[str, ...]]
    _hash: int

    def children(self) -> list["Tree"]:
        """Return the nodes directly below, in the order of the fields."""
        found: list[Tree] = []
        for name in _compared(self.__match_args__):
            value = getattr(self, name)
            if isinstance(value, Tree):
                found.append(value)
            elif isinstance(value, tuple):
                found += [item for item in value if isinstance(item, Tree)]
        return found

    def _outline(self) -> tuple[object, ...]:
        """Return what distinguishes this node from others, without the nodes below it."""
        names = _compared(self.__match_args__)
        return (type(self), *[self._mark(getattr(self, name)) for name in names])

    def _mark(self, value: object) -> object:
        """Return a plain value with its type (1 is not TRUE), or how many nodes stand there."""
        if isinstance(value, Tree):
            return Tree
        return len(value) if isinstance(value, tuple) else (type(value), value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tree):
            return NotImplemented
        pairs: list[tuple[Tree, Tree]] = [(self, other)]
        while pairs:
            a, b = pairs.pop()
            if a is b:
                continue
            if a._outline() != b._outline():
                return False
            pairs.extend(zip(a.children(), b.children(), strict=True))
        return True

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            made = hash(tuple([node._outline() for node in walk(self)]))
            object.__setattr__(self, "_hash", made)
            return made


@cache
def _compared(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name != "text")  # a number's spelling


def walk(node: Tree, *, whole: type[Tree] | None = None) -> Iterator[Tree]:
    """Yield a node and all nodes below it, left to right, without recursion.

    Nodes of the type ``whole`` are yielded without what is below them.

    Examples
    --------
    >>> from mixwell.formula.syntax import Name, Unary
    >>> [type(node).__name__ for node in walk(Unary("-", Name("x")))]
    ['Unary', 'Name']
    """
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if whole is None or not isinstance(current, whole):
            pending += current.children()[::-1]
