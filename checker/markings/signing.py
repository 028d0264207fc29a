"""Sign C2PA manifests, with the user's certificate or with one for trials, which proves nothing about who signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..errors import UsageError
from .c2pa import settings
from .formats import Format
from .xmp import SOURCE_TYPE

NAME = "checker TEST certificate, not trusted"


def trial(*, days: float = 30.0, name: str = NAME) -> tuple[bytes, bytes, bytes]:
    """``(chain, key, root)`` in PEM: a fresh root, and a leaf by the certificate profile of C2PA 2.2 (14.5)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.now(UTC)
    keys = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, leaf_name = (
        x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, common)]
        )
        for common in (f"{name} root", name)
    )

    def build(subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
        ) | {"encipher_only": False, "decipher_only": False}
        start = now - timedelta(days=max(days, 1.0) if ca else 0.01)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(now + timedelta(days=days + 1 if ca else days))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
        )
        if not ca:
            usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(usages, critical=False)
        return builder.sign(keys[0], hashes.SHA256())

    pem = serialization.Encoding.PEM
    root, leaf = build(root_name, keys[0], ca=True), build(leaf_name, keys[1], ca=False)
    secret = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return leaf.public_bytes(pem) + root.public_bytes(pem), secret, root.public_bytes(pem)


def sign(
    source: Path,
    target: Path,
    format: Format,
    *,
    certificates: bytes,
    key: bytes,
    source_type: str,
    title: str,
    parent: Path | None = None,
    action: str = "c2pa.edited.metadata",
) -> None:
    """Copy `source` to `target` with a manifest that states its source type.

    Args:
        certificates: PEM chain, the signer's own first.
        key: PEM private key that fits it: EC P-256, P-384 or P-521, Ed25519 or RSA.
        parent: The version before, whose manifest is kept as an ingredient; None where there was none.
        action: What was done to the parent.

    Raises:
        UsageError: The key or certificate cannot sign, or the container holds no manifest.
    """
    from c2pa import Builder, C2paError, C2paSignerInfo, Context, Signer

    begun = {"action": "c2pa.opened" if parent else "c2pa.created"}
    begun |= {"digitalSourceType": f"{SOURCE_TYPE}{source_type}"}
    ingredient = {"title": parent.name, "relationship": "parentOf", "label": "parent"} if parent else {}
    actions: dict[str, Any] = {"actions": [begun], "allActionsIncluded": True}
    if parent:
        begun["parameters"] = {"ingredientIds": ["parent"]}  # type: ignore[assignment]
        actions["actions"].append({"action": action})
    definition = {
        "claim_generator_info": [{"name": "checker"}],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "created": True, "data": actions}],
    }
    try:
        info = C2paSignerInfo(alg=algorithm(key), sign_cert=certificates, private_key=key, ta_url=None)
        with (
            Context.from_dict(settings()) as context,
            Builder(definition, context=context) as builder,
            Signer.from_info(info) as signer,
            source.open("rb") as file,
            target.open("w+b") as out,
        ):
            if parent:
                with parent.open("rb") as before:
                    builder.add_ingredient(ingredient, format.mime, before)
            builder.sign(signer, format.mime, file, out)
    except C2paError as error:
        raise UsageError(f"the manifest cannot be signed: {error}; check `--cert` and `--key`") from error


def algorithm(key: bytes) -> bytes:
    """Signing algorithm of C2PA for a private key in PEM."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key, None)
    except (ValueError, TypeError) as error:
        raise UsageError(f"`--key` is not a private key in PEM without a password: {error}") from error
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.key_size in (256, 384, 521):
        return {256: b"es256", 384: b"es384", 521: b"es512"}[private.curve.key_size]
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return b"ps256"
    raise UsageError("`--key` is of a kind that C2PA does not sign with; use EC P-256")
