"""What is kept on disk and how: keys, locks, project files; and errors made short."""

from __future__ import annotations

import base64
import os
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.engine import crypto
from instance_role_sandbox.engine.crypto import Crypter, WrongPassphrase, passphrase
from instance_role_sandbox.engine.errors import EngineError, StateError, Unsupported
from instance_role_sandbox.engine.plugins import find_plugin
from instance_role_sandbox.engine.project import load_project, load_stack
from instance_role_sandbox.engine.registry import Plugin, default_provider
from instance_role_sandbox.engine.store import Store
from instance_role_sandbox.engine.tracebacks import reduced
from instance_role_sandbox.engine.values import Secret
from tests.unit.sandbox.engine.strategies import thorough

# made by the real CLI (state-import/secrets.encrypted.json): its salt, and the passphrase
SALT = "v1:KZ836C8Bf9E=:v1:IXNUNxlukkiM4baI:l9s3/R7/d03QOkBupJr4/eo4iHR7qA=="
SHARED = Crypter("parity", SALT)


def test_opens_what_the_real_cli_made() -> None:
    SHARED.encrypt("x", "here")
    with pytest.raises(WrongPassphrase, match="incorrect passphrase"):
        Crypter("party", SALT).encrypt("x", "here")


@thorough
@given(st.text(), st.text(max_size=5))
def test_sealed_texts_open_and_do_not_show(text: str, where: str) -> None:
    sealed = SHARED.encrypt(text, where)
    version, nonce, cipher = sealed.split(":")
    assert (version, len(base64.b64decode(nonce)), len(base64.b64decode(cipher))) == ("v1", 12, len(text.encode()) + 16)
    assert Crypter.decrypt(SHARED, sealed, where) == text
    assert SHARED.encrypt(text, where) == sealed, "the same text at the same place keeps its cipher text"
    assert SHARED.encrypt(text, where + "'") != sealed, "at another place it has another"


@pytest.mark.parametrize(
    "sealed", ["", "v1:", "v2:AAAA:AAAA", "v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAA", "v1:!:!"]
)
def test_what_does_not_open(sealed: str) -> None:
    with pytest.raises(EngineError, match="somewhere: cipher"):
        SHARED.decrypt(sealed, "somewhere")


@pytest.mark.parametrize("salt", ["v2:x:y", "v1:x", "v1:!!:v1:a:b"])
def test_salts_of_no_kind(salt: str) -> None:
    with pytest.raises(EngineError, match=r"encryptionsalt|passphrase"):
        Crypter("parity", salt).encrypt("x", "here")


def test_a_new_key_is_made_when_it_is_needed() -> None:
    fresh = Crypter("parity")
    unused = fresh.salt_text
    sealed = fresh.encrypt("x", "here")
    assert (unused, bool(fresh.salt_text)) == (None, True)
    assert Crypter("parity", fresh.salt_text).decrypt(sealed, "here") == "x"


def test_passphrases(tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text(" in a file \n", encoding="utf-8")
    named = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "phrase")}
    assert passphrase({}) is None
    assert passphrase(named) == "in a file"
    assert passphrase({**named, "PULUMI_CONFIG_PASSPHRASE": ""}) == ""
    with pytest.raises(EngineError, match="cannot read"):
        passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "none")})
    with pytest.raises(EngineError, match="there is no passphrase"):
        Crypter(None).encrypt("x", "here")
    assert crypto.ROUNDS == 1_000_000


def test_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "states", "p", "dev")
    assert store.read() is None
    store.write('{"version": 3}')
    store.keep_backup()
    store.write('{"version": 4}')
    assert store.read() == {"version": 4}
    assert store.backup.read_text(encoding="utf-8") == '{"version": 3}'
    assert oct(store.path.stat().st_mode & 0o777) == "0o600"
    with store.lock(), pytest.raises(EngineError, match=f"locked by process {os.getpid()}"), store.lock():
        pass
    with store.lock():
        pass
    store.path.unlink()
    store.path.mkdir()
    with pytest.raises(StateError, match="cannot write"):
        store.write("{}")
    assert [p.name for p in store.path.parent.iterdir() if p.name.startswith(".")] == []


def _project(folder: Path, stack: str = "", project: str = "name: p\nruntime: python\n") -> Path:
    (folder / "Pulumi.yaml").write_text(project, encoding="utf-8")
    (folder / "__main__.py").touch()
    if stack:
        (folder / "Pulumi.dev.yaml").write_text(stack, encoding="utf-8")
    return folder


def test_config(tmp_path: Path) -> None:
    sealed = SHARED.encrypt("hush", "x")
    text = f"""
encryptionsalt: {SALT}
config:
  short: text
  alicloud:region: cn-hangzhou
  p:number: 7
  p:yes: true
  p:list: [1, two]
  p:nothing:
  p:word: {{secure: "{sealed}"}}
"""
    config = load_stack(load_project(_project(tmp_path, text)), "dev")
    assert config.plain(SHARED) == {
        "p:short": "text",
        "alicloud:region": "cn-hangzhou",
        "p:number": "7",
        "p:yes": "true",
        "p:list": '[1,"two"]',
        "p:nothing": "",
        "p:word": "hush",
    }
    properties = config.properties(SHARED)
    assert properties["p:word"] == Secret("hush")
    assert default_provider("alicloud", Plugin("4.0.0"), properties).inputs == {
        "region": "cn-hangzhou",
        "__internal": {},
        "version": "4.0.0",
    }
    assert default_provider("alicloud", Plugin("4.0.0-a.1"), properties).name == "default_4_0_0_a_1"
    dynamic = default_provider("pulumi-python", Plugin(), properties)
    assert (dynamic.name, set(dynamic.inputs)) == ("default", set(properties))


def test_secrets_inside_structures_are_left_out(tmp_path: Path) -> None:
    _project(tmp_path, "config:\n  p:x: {a: [{secure: v1:a:b}]}\n")
    with pytest.raises(Unsupported, match="structured config value"):
        load_stack(load_project(tmp_path), "dev")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("config: {alicloud:region: cn-beijing}", "config in Pulumi.yaml"),
        ("config: stacks", "config in Pulumi.yaml"),
        ("stackConfigDir: stacks", "stackConfigDir in Pulumi.yaml"),
    ],
)
def test_settings_in_the_project_file_are_not_passed_over(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        load_project(_project(tmp_path, project=f"name: p\nruntime: python\n{more}\n"))


def test_an_empty_file_of_a_stack_has_no_settings(tmp_path: Path) -> None:
    assert load_stack(load_project(_project(tmp_path, "")), "dev").values == {}


def test_which_python(tmp_path: Path) -> None:
    import sys

    plain = load_project(_project(tmp_path))
    assert plain.python({}) == sys.executable
    assert plain.python({"PULUMI_PYTHON_CMD": "/my/python"}) == "/my/python"
    text = "name: p\nruntime:\n  name: python\n  options:\n    virtualenv: env\n    toolchain: pip\n"
    named = load_project(_project(tmp_path, project=text))
    assert named.runtime_environ()["PULUMI_RUNTIME_VIRTUALENV"] == "env"
    (tmp_path / "env/bin").mkdir(parents=True)
    (tmp_path / "env/bin/python").touch()
    assert named.python({"PULUMI_PYTHON_CMD": "/my/python"}) == str(tmp_path / "env/bin/python")
    poetry = text.replace("toolchain: pip", "toolchain: poetry").replace("    virtualenv: env\n", "")
    with pytest.raises(Unsupported, match="toolchain: poetry"):
        load_project(_project(tmp_path, project=poetry)).python({})


def test_which_plugin(tmp_path: Path) -> None:
    for place in ("bin", "home/plugins/resource-toy-v1.9.0", "home/plugins/resource-toy-v1.10.0"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "pulumi-resource-toy").touch(mode=0o755)
    home = {"PULUMI_HOME": str(tmp_path / "home"), "PATH": ""}
    assert "/v1.10.0/" in find_plugin("toy", "", home).replace("resource-toy-", "")
    assert "v1.9.0" in find_plugin("toy", "1.9.0", home)
    assert find_plugin("toy", "1.9.0", {**home, "PATH": str(tmp_path / "bin")}).startswith(str(tmp_path / "bin"))
    with pytest.raises(EngineError, match=r"no plugin for the provider 'toy' 2.0.0.*there are 1.10.0, 1.9.0"):
        find_plugin("toy", "2.0.0", home)


def _raised(text: str) -> str:
    try:
        try:
            raise KeyError("the first")
        except KeyError:
            raise ValueError(text)  # noqa: B904 - the chain is the point
    except ValueError:
        return traceback.format_exc()


@pytest.mark.parametrize("text", ["short", "of two\nlines", "with\n  an indented\nline"])
def test_tracebacks_are_cut_to_their_last_exception(text: str) -> None:
    assert reduced(_raised(text)) == f"ValueError: {text}"


@pytest.mark.parametrize("text", ["", "no traceback", "E: one line\nand another"])
def test_other_errors_stay(text: str) -> None:
    assert reduced(text) == text
