"""Takes the seal out of a file: FILE.covered, FILE.cms and, of a B-T file, FILE.token over FILE.value.

usage: take_apart.py FILE...
"""

import sys

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader


def take_apart(path):
    with open(path, "rb") as file:
        [signature] = PdfFileReader(file).embedded_signatures
        start, length, after, rest = (int(number) for number in signature.byte_range)
        file.seek(0)
        everything = file.read()
    write(path + ".covered", everything[start : start + length] + everything[after : after + rest])
    contents = bytes.fromhex(everything[start + length + 1 : after - 1].decode("ascii"))
    seal = cms.ContentInfo.load(contents)
    write(path + ".cms", seal.dump())
    [signer] = seal["content"]["signer_infos"]
    write(path + ".value", signer["signature"].native)
    for attribute in signer["unsigned_attrs"] or []:
        if attribute["type"].native == "signature_time_stamp_token":
            write(path + ".token", attribute["values"][0].dump())


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


for path in sys.argv[1:]:
    take_apart(path)
