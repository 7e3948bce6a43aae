"""Secrets at rest, as Pulumi's passphrase manager keeps them, so that the real CLI opens what was written here.

Key: PBKDF2-HMAC-SHA256 of the passphrase, 8 bytes of salt, a million rounds, 32 bytes. Cipher: AES-256-GCM with a
random 12-byte nonce, nothing authenticated beside the text. As text: ``v1:<nonce>:<cipher and tag>``, base64 both.
What a stack keeps (``encryptionsalt``) is ``v1:<salt>:`` and, to tell a wrong passphrase, the word pulumi encrypted.
https://www.pulumi.com/docs/iac/concepts/secrets/#available-encryption-providers

The key takes about half a second to make, so it's made when the first secret needs it.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from instance_role_sandbox.engine.errors import EngineError

ROUNDS = 1_000_000
CHECK = "pulumi"


class WrongPassphrase(EngineError):
    """The passphrase does not open this stack's secrets."""


def passphrase(environ: Mapping[str, str]) -> str | None:
    """The passphrase of the environment: PULUMI_CONFIG_PASSPHRASE, else what PULUMI_CONFIG_PASSPHRASE_FILE holds."""
    if "PULUMI_CONFIG_PASSPHRASE" in environ:
        return environ["PULUMI_CONFIG_PASSPHRASE"]
    name = environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not name:
        return None
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise EngineError(f"PULUMI_CONFIG_PASSPHRASE_FILE: cannot read {name}: {error.strerror}") from None


class Crypter:
    """Encrypts and decrypts with the key of one stack.

    ``salt_text`` is the stack's ``encryptionsalt``; None makes a new one at the first use.
    """

    def __init__(self, phrase: str | None, salt_text: str | None = None) -> None:
        self._phrase = phrase
        self._given = salt_text
        self._written: dict[tuple[str, str], str] = {}

    @cached_property
    def _parts(self) -> tuple[AESGCM, str]:
        if self._phrase is None:
            raise EngineError(
                "this stack has secrets and there is no passphrase: "
                "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"
            )
        if self._given is None:
            salt = os.urandom(8)
            cipher = self._cipher(salt)
            return cipher, f"v1:{base64.b64encode(salt).decode()}:{_seal(cipher, CHECK)}"
        version, _, rest = self._given.partition(":")
        salt_part, _, check = rest.partition(":")
        if version != "v1":
            raise EngineError(f"the stack's encryptionsalt is of an unknown kind: {version!r}")
        try:
            cipher = self._cipher(base64.b64decode(salt_part, validate=True))
            right = _open(cipher, check) == CHECK
        except (binascii.Error, ValueError, InvalidTag):
            right = False
        if not right:
            raise WrongPassphrase("incorrect passphrase: it does not open this stack's secrets")
        return cipher, self._given

    def _cipher(self, salt: bytes) -> AESGCM:
        kdf = PBKDF2HMAC(algorithm=SHA256(), length=32, salt=salt, iterations=ROUNDS)
        return AESGCM(kdf.derive((self._phrase or "").encode()))

    @property
    def salt_text(self) -> str | None:
        """What the stack has to keep to be opened again; None while nothing was encrypted."""
        return self._parts[1] if "_parts" in self.__dict__ else self._given

    def encrypt(self, text: str, where: str) -> str:
        """The cipher text of ``text``. The same text at the same place gets the same again, so files change little."""
        known = self._written.get((where, text))
        if known is None:
            known = self._written[where, text] = _seal(self._parts[0], text)
        return known

    def decrypt(self, cipher_text: str, where: str) -> str:
        """The text of a cipher text. EngineError when this key does not open it."""
        try:
            text = _open(self._parts[0], cipher_text)
        except (InvalidTag, ValueError, binascii.Error):
            raise EngineError(f"{where}: cipher: message authentication failed; it was made with another key") from None
        self._written[where, text] = cipher_text
        return text


def _seal(cipher: AESGCM, text: str) -> str:
    nonce = os.urandom(12)
    sealed = cipher.encrypt(nonce, text.encode(), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def _open(cipher: AESGCM, text: str) -> str:
    version, _, rest = text.partition(":")
    nonce, _, sealed = rest.partition(":")
    if version != "v1":
        raise ValueError(f"unknown cipher text version {version!r}")
    return cipher.decrypt(
        base64.b64decode(nonce, validate=True), base64.b64decode(sealed, validate=True), None
    ).decode()
