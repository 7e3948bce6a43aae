"""Keeping credentials out of every text that leaves the program.

The SDKs put the whole request URL into their network errors, and the cloud answers a bad signature with the text that
it signed: both carry key ids, security tokens and signatures. Every text taken from an SDK or a cloud passes through
:func:`redact` before it enters an error, a log or a report.

Limits: it knows the names and shapes that the clouds use, and whatever values the caller says are secret. A secret of
another shape, under another name, that the caller does not mention, is not seen.
"""

from __future__ import annotations

import re

MASK = "***"
SHORTEST = 8
"""Characters that a known secret has at least; masking a shorter text would only maim words."""

_NAMES = (
    "AccessKeyId|AccessKeySecret|SecurityToken|Signature|SignatureNonce|SecretId|SecretKey|TmpSecretId|TmpSecretKey"
    "|Token|x-acs-security-token|x-acs-accesskey-id|x-acs-signature-nonce|X-TC-Token"
)
# The names in every guise: URL (also encoded once or twice, inside a string to sign), JSON, header, Python repr.
_NAMED = re.compile(
    rf"""(?:(?<![A-Za-z])|(?<=%\d[A-F]))(?P<name>{_NAMES})(?P<between>["']?(?:\s*[:=]\s*|%3D|%253D)["']?)(?P<value>[^\s"'&,;)}}]+?)"""
    r"""(?=$|[\s"'&,;)}]|%26)""",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(r"(Authorization[\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s\"'@]*(?:@[^/\s\"'@]*)*(?=@)")
"""Name and password in an address, ``http://name:password@host``."""
_SHAPES = re.compile(r"(?:LTAI[0-9A-Za-z]{8,}|STS\.[0-9A-Za-z_-]{6,}|AKID[0-9A-Za-z_-]{12,})")

# Letters, digits and what else a key may hold, escaped once or several times.
_ESCAPED = re.compile(r"\\+u00(2[deDE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA])")


def redact(text: str, *secrets: str) -> str:
    """``text`` without credentials. ``secrets`` are values known to the caller, replaced wherever they stand."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, MASK)
    text = _AUTHORIZATION.sub(rf"\g<1>{MASK}", text)
    text = _NAMED.sub(rf"\g<name>\g<between>{MASK}", text)
    text = _IN_ADDRESS.sub(MASK, text)
    return _SHAPES.sub(MASK, text)


def mask_keys(text: str) -> str:
    """``text`` without what is shaped like a key id or a temporary token, whatever stands around it.

    Also one whose letters are written as JSON's escapes, as in a document inside a text (``\\u004cTAI...``).
    """
    plain = _SHAPES.sub(MASK, text)
    if "\\u00" not in plain:
        return plain
    spelt = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), plain)
    masked = _SHAPES.sub(MASK, spelt)
    return masked if masked != spelt else plain
