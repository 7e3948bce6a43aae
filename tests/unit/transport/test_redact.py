from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.transport.redact import MASK, redact

KEY, SECRET, TOKEN = "LTAI5tExampleExample1234", "hunter2hunter2hunter2hunter2hu", "CAISexample/token+with=signs=="
NAMED = {"AccessKeyId": KEY, "Signature": "sIgNaTuRe/+abc=", "SecurityToken": TOKEN, "SignatureNonce": "nonce-1"}
QUERY = urlencode({"Action": "GetRole", **NAMED, "RoleName": "web"})


@pytest.mark.parametrize(
    "text",
    [
        f"HTTPSConnectionPool(host='ram', port=443): Max retries exceeded with url: /?{QUERY} (Caused by X)",
        f"server string to sign is:POST&%2F&{quote(QUERY, safe='')}",
        json.dumps({"Credentials": NAMED}),
        repr(NAMED),
        "\n".join(f"{name}: {value}" for name, value in NAMED.items()),
        f"Authorization: ACS3-HMAC-SHA256 Credential={KEY},SignedHeaders=host,Signature=sIgNaTuRe/+abc=",
        f"x-acs-security-token: {TOKEN}",
        f"the key {KEY} is disabled",
    ],
)
def test_nothing_secret_is_left(text: str) -> None:
    clean = redact(text)
    for secret in (*NAMED.values(), *(quote(value, safe="") for value in NAMED.values())):
        assert secret not in clean
    assert MASK in clean


def test_the_rest_stays() -> None:
    assert "RoleName=web" in redact(f"url: /?{QUERY}")
    assert "Action=GetRole" in redact(f"url: /?{QUERY}")
    text = 'Statement[0].Action: must be "*"; the token of the day is not: a secret'
    assert redact(text) == text


@given(st.text(), st.text("abcXYZ/+=", min_size=8), st.text())
def test_known_secrets_go_wherever_they_stand(before: str, secret: str, after: str) -> None:
    assert secret not in redact(before + secret + after, secret)


def test_secret_within_a_secret() -> None:
    assert redact("abcdefghij", "abcdefgh", "abcdefghij") == MASK
    assert redact("plain", "", "ai") == "plain"


def test_a_name_and_a_password_in_an_address() -> None:
    for text in ("http://user:p@w@host:1/x", "https://s3cr3t@host", "proxy 'socks5://a:b@c' failed"):
        said = redact(text)
        assert "://***@" in said and not any(part in said for part in ("user", "p@w", "s3cr3t", "a:b"))
    assert redact("http://host/a@b and c://d") == "http://host/a@b and c://d"
