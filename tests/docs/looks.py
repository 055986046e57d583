"""
Reads the source of tests: where they can pass without having looked at anything, and where they
reach for what is private.

A test may look at nothing at

- an assertion under an `if`, a `case` or an `except` that has none in the other branches, and a
  `return` or `continue` under an `if` that steps over assertions;
- a loop with assertions, `all(...)`, `not any(...)` and `[... if ...] == []` over what may be empty.

Not empty is what is written out, a constant, an enumeration, drawn by Hypothesis, given by
`parametrize`, or made of such by a call that keeps the number of elements. Anything else needs a
floor: another assertion about it, or a statement that fails when it is empty (an unpacking, an
index). Helpers and fixtures are not read: what they check is beside what their tests look at.
"""

import ast
from collections.abc import Iterator, Sequence

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_KEEP_THE_NUMBER = {
    "dict", "enumerate", "frozenset", "gather", "items", "keys", "list", "reversed", "set", "sorted",
    "tuple", "values",
}  # fmt: skip


def doubts(source: str) -> list[str]:
    """Line, name and reason of each place where a test function of this module may look at nothing."""
    module = ast.parse(source)
    constants = _assigned(module.body)
    return [
        doubt
        for node in ast.walk(module)
        if isinstance(node, _Function) and node.name.startswith("test_")
        for doubt in _Reading(node, constants).doubts()
    ]


def private_names(source: str) -> list[str]:
    """
    Line and name of each private name that a module takes from elsewhere.

    Imported, or given as text to `getattr` or `setattr`; attributes are the linter's (SLF001).
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(names=aliases):
                names = [alias.name for alias in aliases]
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr") | ast.Attribute(attr="setattr"), args=args
            ):
                names = [str(x.value) for x in args[:2] if isinstance(x, ast.Constant)]
            case _:
                continue
        parts = [part for name in names for part in name.split(".")]
        found += [f"{node.lineno} {x}" for x in parts if x.startswith("_") and x[:2] != "__"]
    return found


class _Reading:
    """One test function, read."""

    def __init__(self, function: _Function, constants: dict[str, ast.expr]) -> None:
        self._function = function
        # What a test takes as an argument hides a constant; what it assigns hides both.
        arguments = {argument.arg for argument in function.args.args + function.args.kwonlyargs}
        self._drawn = arguments & (_named(function.decorator_list) | _given(function))
        self._fixtures = arguments - self._drawn
        self._assigned = constants | _assigned(function.body)

    def doubts(self) -> Iterator[str]:
        for node in _inside(self._function.body):
            for reason in self._reasons(node):
                yield f"{getattr(node, 'lineno', 0)} {self._function.name}: {reason}"

    def _reasons(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.If() | ast.Match() | ast.ExceptHandler():
                yield from _reasons_of_branches(node)
            case ast.For() | ast.AsyncFor() if _looks(node.body):
                if not self._holds_something(node.iter, beside=node):
                    yield f"loops over what may be empty: {ast.unparse(node.iter)}"
                if _holds(node.body, ast.Continue):
                    yield "steps over what follows in the loop"
            case ast.Assert():
                for part in self._true_of_nothing(node.test):
                    if not self._holds_something(part, beside=part):
                        yield f"is true of nothing: {ast.unparse(part)}"

    def _true_of_nothing(self, test: ast.AST, *, denied: bool = False) -> Iterator[ast.expr]:
        """What `all(...)`, a denied `any(...)` and `[... if ...] == []` are asked about."""
        match test:
            case ast.UnaryOp(op=ast.Not()):
                yield from self._true_of_nothing(test.operand, denied=not denied)
            case ast.Call(func=ast.Name(id="all" | "any" as name), args=[about]):
                if (name == "any") == denied:
                    yield about
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                if _is_nothing(right):
                    yield from self._sifted(left)
            case _:
                for inner in ast.iter_child_nodes(test):
                    yield from self._true_of_nothing(inner, denied=denied)

    def _sifted(self, found: ast.expr) -> Iterator[ast.expr]:
        """What a comprehension, written here or a line above, keeps the faulty ones of."""
        match found:
            case ast.Name(id=name) if name in self._assigned:
                yield from self._sifted(self._assigned[name])
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                first = found.generators[0]
                if first.ifs or len(found.generators) > 1:
                    yield first.iter

    def _holds_something(self, found: ast.expr, *, beside: ast.AST) -> bool:
        if self._is_written(found):
            return True
        floors = self._floors(beside)
        return any(ast.dump(source) in floors for source in self._as_many_as(found))

    def _as_many_as(self, found: ast.expr) -> Iterator[ast.expr]:
        """What it has an element for each of, itself first; `pairwise` has at most one less."""
        yield found
        match found:
            case (
                ast.GeneratorExp(generators=[ast.comprehension(iter=source, ifs=[])])
                | ast.ListComp(generators=[ast.comprehension(iter=source, ifs=[])])
                | ast.BinOp(op=ast.Add(), left=source)
                | ast.Call(func=ast.Name(id="range"), args=[ast.Call(args=[source])])
            ):
                yield from self._as_many_as(source)
            case ast.Call(func=ast.Name(id=name), args=[source, *_]) if name in {
                *_KEEP_THE_NUMBER,
                "pairwise",
            }:
                yield from self._as_many_as(source)
            case ast.Call(func=ast.Attribute(value=source, attr=name), args=[]) if (
                name in _KEEP_THE_NUMBER
            ):
                yield from self._as_many_as(source)
            case ast.Name(id=name) if name in self._assigned:
                yield from self._as_many_as(self._assigned[name])

    def _is_written(self, found: ast.expr) -> bool:  # noqa: PLR0911 - one for each form
        """Whether the source itself says that there is at least one element."""
        match found:
            case ast.Constant(value=str() | bytes() as text):
                return bool(text)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return any(not isinstance(x, ast.Starred) or self._is_written(x) for x in parts)
            case ast.Dict(keys=keys):
                return bool(keys)
            case ast.Starred(value=inner) | ast.Await(value=inner):
                return self._is_written(inner)
            case ast.Name(id=name):
                return self._is_named_something(name)
            case ast.BinOp(op=ast.Add() | ast.BitOr()):
                return self._is_written(found.left) or self._is_written(found.right)
            case ast.BinOp(op=ast.Mult()):
                return self._is_written(found.left)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return all(not x.ifs and self._is_written(x.iter) for x in found.generators)
            case ast.Call():
                return self._gives_something(found)
        return False

    def _is_named_something(self, name: str) -> bool:
        if name in self._assigned:
            return self._is_written(self._assigned[name])
        # A constant or an enumeration of elsewhere.
        return name in self._drawn or (name not in self._fixtures and name[0].isupper())

    def _gives_something(self, call: ast.Call) -> bool:
        match call.func:
            case ast.Name(id=name) if name in self._assigned:
                # A function of the module that is one `return`.
                return self._is_written(self._assigned[name])
            case ast.Name(id="range"):
                words = _named(call.args)
                return ast.unparse(call) != "range(0)" and all(word[0].isupper() for word in words)
            case ast.Name(id="zip"):
                strict = any(word.arg == "strict" for word in call.keywords)
                return (any if strict else all)(self._is_written(x) for x in call.args)
            case ast.Name(id="product"):
                return all(self._is_written(x) for x in call.args)
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in _KEEP_THE_NUMBER:
                counted = call.args or [getattr(call.func, "value", call)]
                return counted[0] is not call and self._is_written(counted[0])
        return False

    def _floors(self, beside: ast.AST) -> set[str]:
        """What fails where it is empty, in any other place of the function."""
        mine = {id(node) for node in ast.walk(beside)}
        floors = set[str]()
        for node in _inside(self._function.body):
            if id(node) not in mine:
                match node:
                    case ast.Assert():
                        floors |= {ast.dump(part) for part in _claimed(node.test)}
                    case ast.Assign(targets=[ast.Tuple() | ast.List()]):
                        floors.add(ast.dump(node.value))
                    case ast.Subscript(slice=ast.Constant() | ast.UnaryOp()):
                        floors.add(ast.dump(node.value))
        return floors


def _reasons_of_branches(node: ast.If | ast.Match | ast.ExceptHandler) -> Iterator[str]:
    match node:
        case ast.If():
            if _looks(node.body) != _looks(node.orelse):
                yield "looks in one branch only"
            elif _holds(node.body, ast.Return):
                yield "steps over what follows"
        case ast.Match():
            if len({_looks(case.body) for case in node.cases}) > 1:
                yield "looks in some cases only"
        case ast.ExceptHandler():
            if _looks(node.body):
                yield "looks only at an exception that may not come"


def _inside(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """These nodes and all in them, but for functions that are only defined here."""
    for node in nodes:
        if not isinstance(node, _Function | ast.ClassDef | ast.Lambda):
            yield node
            yield from _inside(list(ast.iter_child_nodes(node)))


def _holds(body: Sequence[ast.stmt], kind: type[ast.stmt]) -> bool:
    return any(isinstance(node, kind) for node in _inside(body))


def _looks(body: Sequence[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Assert)
        or (
            isinstance(node, ast.Attribute)
            and ast.unparse(node) in {"pytest.raises", "pytest.fail"}
        )
        for node in _inside(body)
    )


def _assigned(body: Sequence[ast.stmt]) -> dict[str, ast.expr]:
    """What each name is, if it is assigned once."""
    values: dict[str, list[ast.expr]] = {}
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    for node in [*_inside(body), *functions]:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values.setdefault(name, []).append(value)
            case ast.FunctionDef(name=name, body=[ast.Return(value=ast.expr() as value)]):
                values.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values.setdefault(name, []).append(value)
    # A name with two values, or made of itself, may be empty.
    return {
        name: of[0] if len(of) == 1 and name not in _named(of) else ast.Tuple([])
        for name, of in values.items()
    }


def _given(function: _Function) -> set[str]:
    """The arguments that `given` draws by their places, which are the last ones."""
    count = sum(
        len(call.args)
        for call in function.decorator_list
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("given")
    )
    names = [argument.arg for argument in function.args.args]
    return set(names[len(names) - count :])


def _named(nodes: Sequence[ast.AST]) -> set[str]:
    """Every name in these, also those that a decorator gives as text or as a keyword."""
    words = set[str]()
    for node in nodes:
        for inner in ast.walk(node):
            match inner:
                case ast.Name(id=word) | ast.keyword(arg=str() as word):
                    words.add(word)
                case ast.Constant(value=str() as text):
                    words |= set(text.replace(",", " ").split())
    return words


def _is_nothing(written: ast.expr) -> bool:
    return ast.unparse(written) in {"[]", "()", "set()", "{}"}


def _claimed(test: ast.AST) -> Iterator[ast.AST]:
    """What an assertion says something about that would not be true of nothing."""
    match test:
        case ast.Call(func=ast.Name(id="all")):
            return
        case ast.Compare(ops=[ast.NotIn()]) | ast.UnaryOp(op=ast.Not()):
            return
        case ast.Compare(ops=[ast.Eq()], comparators=[right]) if _is_nothing(right):
            return
    yield test
    for inner in ast.iter_child_nodes(test):
        yield from _claimed(inner)
