"""The pages made from the code are current, and what they say of the code is so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from docs.reference.__main__ import FOLDER, PAGES
from docs.reference.reader import read

from instance_role_sandbox.emulator.alibaba.errors import ApiError, invalid, missing
from instance_role_sandbox.emulator.alibaba.products import PRODUCTS as ALIBABA
from instance_role_sandbox.emulator.tencent.products import PRODUCTS as TENCENT
from instance_role_sandbox.standin.plugin import CLOUDS, load
from tests.contract.emulator.wire import params, send, signed
from tests.support.sandbox import Sandbox

ACTIONS = [(product, name) for product in ALIBABA for name in product.actions]


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_as_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run `make pages`"


def test_every_action_and_type_has_a_place() -> None:
    alibaba, tencent, served = ((FOLDER / name).read_text(encoding="utf-8") for name in list(PAGES)[:3])
    assert re.findall(r"^### (\w+)$", alibaba, re.M) == [one for p in ALIBABA for one in sorted(p.actions)]
    assert re.findall(r"^### (\w+)$", tencent, re.M) == [one for p in TENCENT.values() for one in sorted(p.actions)]
    plugins = [load(name) for name in CLOUDS]
    kinds = [kind for plugin in plugins for kind in (*sorted(plugin.lives), *sorted(plugin.functions))]
    assert re.findall(r"^### `(.+)`$", served, re.M) == kinds


def test_what_the_reader_makes_of_code() -> None:
    found = read(_an_action, ApiError)
    assert found.parameters == {
        "Name": True,
        "Kind": False,
        "Old": False,
        "New": False,
        "Only": False,
        "Late": False,
        "Tag.N.Key": False,
        "SizeMin": False,
        "SizeMax": False,
    }
    assert found.errors == {"MissingName": {400}, "Never.Kind": {404}, "Bad.Tag": {400}}


def _an_action(call: Any) -> dict[str, Any]:
    values = call.params
    _named(call, "Name", strict=True)
    _named(call, "Kind", strict=False)
    for name in ("Old", "New"):
        values.text(name)
    if "Only" in values:
        values.required("Only")
    for tag in values.structures("Tag"):
        if not tag.get("Key"):
            raise invalid("Tag", code="Bad.Tag")
    sizes = [values.integer(f"Size{end}", 0, 0, 9) for end in ("Min", "Max")]
    if not sizes:
        return {}
    values.required("Late")
    return {}


def _named(call: Any, parameter: str, strict: bool) -> str:
    if strict:
        if not call.params.required(parameter):
            raise missing(parameter)
    elif call.params.text(parameter) == "x":
        raise ApiError(f"Never.{parameter}", 404, "no")
    return parameter


_an_action.__module__ = _named.__module__ = "instance_role_sandbox.emulator.test"


# -- said of the code, done by the code ------------------------------------------------------------------------
def test_what_must_be_there_is_missed(sandbox: Sandbox) -> None:
    """An action that is sent all but one of what it always wants ends in an error, and without any in an error too."""
    for product, name in ACTIONS:
        wanted = [one for one, must in read(product.actions[name].run, ApiError).parameters.items() if must]
        if wanted:
            answer = ask(sandbox, product.name, product.version, name, {})
            assert answer[0] >= 400, name


def ask(sandbox: Sandbox, product: str, version: str, action: str, sent: dict[str, str]) -> tuple[int, str]:
    """One signed call: status and the beginning of the answer."""
    region = {"RegionId": sandbox.region} if "RegionId" not in sent else {}
    values = params(sandbox.keys, action, version, **region, **sent)
    answer = send(sandbox, form=signed(values, sandbox.access_key_secret, "POST"), method="POST")
    return answer.status, answer.body[:300].decode(errors="replace")
