"""A P-256 key with a self-signed X.509 that nobody trusts."""

import datetime

from asn1crypto import keys, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def make_key():
    """The key object, its X.509 and its PKCS#8, the last two as pyHanko takes them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = cx509.Name([cx509.NameAttribute(cx509.NameOID.COMMON_NAME, "somebody else")])
    now = datetime.datetime.now(datetime.timezone.utc)
    own = (
        cx509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pkcs8 = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (
        key,
        x509.Certificate.load(own.public_bytes(serialization.Encoding.DER)),
        keys.PrivateKeyInfo.load(pkcs8),
    )
