"""Certificates for the port's TLS side: a certificate authority beside the state, and a server certificate from it.

The authority is made once and kept, so clients that trust it go on doing so through restarts. The server certificate
names loopback and the clouds' public hosts (under ``sandbox exec`` a client may open a tunnel to those), and is made
anew when it is about to end. The authority's key never leaves the state folder (mode 0600).
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from . import private
from .problems import StateError

CA_FILE = "ca.pem"
_YEARS = timedelta(days=3650)
_SERVER_LIFE = timedelta(days=365)


def ensure(folder: Path, hosts: Iterable[str]) -> Path:
    """Make what is missing in ``folder`` and return the path of the authority's certificate (for clients to trust)."""
    ca_path, ca_key_path = folder / CA_FILE, folder / "ca-key.pem"
    server_path = folder / "server.pem"
    names = sorted(hosts)
    try:
        if not ca_path.exists() or not ca_key_path.exists():
            _make_authority(ca_path, ca_key_path)
            server_path.unlink(missing_ok=True)
        ca_path.chmod(private.FOR_ALL_TO_READ)
        authority = x509.load_pem_x509_certificate(ca_path.read_bytes())
        key = _private_key(ca_key_path)
        if key.public_key() != authority.public_key():
            raise ValueError(f"ca-key.pem is not the key of {CA_FILE}")
        if not server_path.exists() or not _still_good(server_path, authority, names):
            _make_server(authority, key, server_path, names)
    except ValueError as error:
        raise StateError(
            f"{folder}: the certificates ({CA_FILE}, ca-key.pem, server.pem) are damaged ({error});"
            " delete the three files and start again"
        ) from error
    except OSError as error:
        raise StateError(
            f"{folder}: certificates cannot be written ({error.strerror}); choose another --state"
        ) from error
    return ca_path


def server_context(folder: Path) -> ssl.SSLContext:
    """The TLS settings of the server side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


def _make_authority(ca_path: Path, key_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "instance-role sandbox")])
    now = datetime.now(timezone.utc)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private.write(key_path, _pem(key))
    private.write(ca_path, certificate.public_bytes(serialization.Encoding.PEM), private.FOR_ALL_TO_READ)


def _private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path.name} is not an elliptic-curve key")
    return key


def _make_server(
    authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey, path: Path, names: list[str]
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)  # type: ignore[arg-type]  # the authority's key is ours: elliptic-curve
        .sign(authority_key, hashes.SHA256())
    )
    private.write(path, _pem(key) + certificate.public_bytes(serialization.Encoding.PEM))


def _still_good(path: Path, authority: x509.Certificate, names: list[str]) -> bool:
    """Whether the server certificate is the authority's, has a month to live and names every host."""
    text = path.read_bytes()
    certificate = x509.load_pem_x509_certificate(text[text.index(b"-----BEGIN CERTIFICATE") :])
    if certificate.issuer != authority.subject:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except InvalidSignature:
        return False
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if list(alternative) != [_general_name(name) for name in names]:
        return False
    return certificate.not_valid_after_utc > datetime.now(timezone.utc) + timedelta(days=30)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
