"""The pages about the emulated actions: parameters, errors, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from docs.reference import sdks
from docs.reference.reader import Found, read

from instance_role_sandbox.emulator.alibaba import call as alibaba_call
from instance_role_sandbox.emulator.alibaba.errors import ApiError as AlibabaError
from instance_role_sandbox.emulator.alibaba.gateway import Gateway as AlibabaGateway
from instance_role_sandbox.emulator.alibaba.products import PRODUCTS as ALIBABA
from instance_role_sandbox.emulator.tencent import call as tencent_call
from instance_role_sandbox.emulator.tencent.errors import ApiError as TencentError
from instance_role_sandbox.emulator.tencent.gateway import Gateway as TencentGateway
from instance_role_sandbox.emulator.tencent.products import PRODUCTS as TENCENT
from instance_role_sandbox.emulator.tencent.shapes import Shape

_CODE = re.compile(r"[A-Z][\w .]*")
_MADE = "Made by `make pages` from the code of the emulator; do not edit."


def alibaba() -> str:
    """docs/emulator-alibaba.md."""
    return "\n".join(_alibaba()) + "\n"


def tencent() -> str:
    """docs/emulator-tencent.md."""
    return "\n".join(_tencent()) + "\n"


def _alibaba() -> Iterator[str]:
    yield from (
        "# Actions of the emulator: Alibaba Cloud",
        "",
        _MADE,
        "",
        "**Parameters**: what the code looks at; **bold** ones must always be there, others may have to where another "
        "one is. `Tag.N.Key` is written `Tag.1.Key` in a request. **Left out**: what a request of the official SDK "
        "(version in `constraints.txt`) may say besides; the emulator takes it and does nothing with it. Every "
        "regional action takes `RegionId`.",
        "",
        "Every action may end in these errors of the gateway: "
        + _codes(read(AlibabaGateway._carry_out, AlibabaError), statuses=True)
        + ". A caller without permission gets the product's own error, or an empty list where that is said.",
    )
    for product in ALIBABA:
        code, status, _ = product.denied
        yield from ("", f"## {product.name} {product.version}", "", f"Without permission: `{code}` ({status}).")
        for name in sorted(product.actions):
            action = product.actions[name]
            yield from _alibaba_action(product.name, name, action)


def _alibaba_action(product: str, name: str, action: alibaba_call.Action) -> Iterator[str]:
    found = read(action.run, AlibabaError)
    taken = [f"**`{one}`**" if found.parameters[one] else f"`{one}`" for one in _ordered(found.parameters)]
    yield from ("", f"### {name}", "", *_told(action.run))
    yield f"* Parameters: {', '.join(taken) or 'none'}"
    yield f"* Errors: {_codes(found, statuses=True) or 'none of its own'}"
    yield f"* Permission: {_permission(action.permission)}{_hidden(action.when_denied)}"
    there = sdks.alibaba(product, name)
    tops = {one.split(".")[0] for one in found.parameters}
    yield f"* Left out: {_left_out(there, tops)}"


def _tencent() -> Iterator[str]:
    yield from (
        "# Actions of the emulator: Tencent Cloud",
        "",
        _MADE,
        "",
        "**Parameters**: what the action declares, with types (text where none is named); **bold** ones must be there. "
        "**Without effect**: declared, and looked at by nothing. **Left out**: what a request of the official SDK "
        "(version in `constraints.txt`) may say besides; it is refused with `UnknownParameter`.",
        "",
        "Every action may end in these errors of the gateway: "
        + _codes(read(TencentGateway._carry_out, TencentError))
        + ".",
    )
    for product in TENCENT.values():
        yield from ("", f"## {product.name} {product.version}")
        for name in sorted(product.actions):
            yield from _tencent_action(product.name, name, product.actions[name])


def _tencent_action(product: str, name: str, action: tencent_call.Action) -> Iterator[str]:
    found = read(action.run, TencentError)
    fields, required = action.takes.fields, action.takes.required
    taken = [f"{_bold(one, one in required)}{_typed(fields[one])}" for one in fields]
    idle = [f"`{one}`" for one in fields if one not in {path.split(".")[0] for path in found.parameters}]
    yield from ("", f"### {name}", "", *_told(action.run))
    yield f"* Parameters: {', '.join(taken) or 'none'}"
    yield f"* Errors: {_codes(found) or 'none of its own'}"
    yield f"* Permission: {_permission(action.permission)}{_hidden(action.when_denied)}"
    if action.rate is not None:
        yield f"* Rate: {action.rate} a second"
    if idle:
        yield f"* Without effect: {', '.join(idle)}"
    yield f"* Left out: {_left_out(sdks.tencent(product, name), set(fields))}"


def _told(run: Callable[..., Any]) -> tuple[str, ...]:
    """What an action does: its docstring with its page as a link, and an empty line; nothing where it has none."""
    function = run.func if isinstance(run, partial) else run
    text = " ".join((function.__doc__ or "").split())
    told = re.sub(r"\s*(https://\S+?)(?=[.,;)]*(\s|$))", r" ([page](\1))", text)
    return (told, "") if told else ()


def _codes(found: Found, statuses: bool = False) -> str:
    shown = []
    for code in sorted(one for one in found.errors if _CODE.fullmatch(one)):
        numbers = ", ".join(str(number) for number in sorted(found.errors[code]))
        shown.append(f"`{code}`" + (f" ({numbers})" if statuses and numbers else ""))
    return ", ".join(shown)


def _permission(permission: str | None) -> str:
    return f"`{permission}`" if permission else "none"


def _hidden(when_denied: object) -> str:
    return "; a caller without it gets an empty answer" if when_denied else ""


def _left_out(there: set[str] | None, taken: set[str]) -> str:
    if there is None:
        return "not known (no official SDK at hand has this request)"
    return ", ".join(f"`{one}`" for one in sorted(there) if one.split(".")[0] not in taken) or "nothing"


def _ordered(parameters: Mapping[str, bool]) -> Iterable[str]:
    return sorted(parameters, key=lambda name: (not parameters[name], name))


def _bold(name: str, strong: bool) -> str:
    return f"**`{name}`**" if strong else f"`{name}`"


def _typed(shape: Shape) -> str:
    if shape.item is not None:
        inner = _typed(shape.item)
        return f" (list{f' of{inner}' if inner else ''})" if shape.item.kind == "struct" else " (list)"
    if shape.kind == "struct":
        return (
            " {"
            + ", ".join(f"{_bold(one, one in shape.required)}{_typed(shape.fields[one])}" for one in shape.fields)
            + "}"
        )
    return "" if shape.kind == "text" else f" ({shape.kind})"
