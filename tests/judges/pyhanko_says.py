"""What pyHanko says of sealed files, as one JSON object a line.

usage: pyhanko_says.py WHEN ROOT.pem CA.pem CRL.pem FILE...
"""

import datetime
import json
import sys

from asn1crypto import crl, pem, x509
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def crls(path):
    with open(path, "rb") as file:
        return [crl.CertificateList.load(der) for _, _, der in pem.unarmor(file.read(), multiple=True)]


def say(path, context):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        [signature] = reader.embedded_signatures
        status = validate_pdf_signature(signature, context, ts_validation_context=context)
        stamp = status.timestamp_validity
        return {
            "intact": status.intact,
            "valid": status.valid,
            "trusted": status.trusted,
            "bottom_line": status.bottom_line,
            "modification": status.modification_level and status.modification_level.name,
            "coverage": status.coverage.name,
            "docmdp_ok": status.docmdp_ok,
            "time_stamp": stamp and {"valid": stamp.valid, "trusted": stamp.trusted},
        }


def main(when, root, ca, crl_file, *files):
    context = ValidationContext(
        trust_roots=[load_cert_from_pemder(root)],
        other_certs=[load_cert_from_pemder(ca)],
        crls=crls(crl_file),
        moment=datetime.datetime.fromisoformat(when),
        allow_fetching=False,
        revocation_mode="hard-fail",
    )
    for path in files:
        print(json.dumps(say(path, context)))


main(*sys.argv[1:])
