"""Appends one revision to a sealed file, as somebody else could.

usage: append.py CHANGE IN.pdf OUT.pdf [CA.pem]

CHANGE is the name of a function below. Only `validation_data` is what a seal allows.
"""

import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from somebody_else import make_key


def validation_data(writer, ca):
    [seal] = writer.prev.embedded_signatures
    DocumentSecurityStore.supply_dss_in_writer(
        writer, seal.pkcs7_content, certs=[load_cert_from_pemder(ca)]
    )


def signature(writer):
    metadata = signers.PdfSignatureMetadata(
        field_name="second", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    _, own, pkcs8 = make_key()
    signer = signers.SimpleSigner(
        signing_cert=own, signing_key=pkcs8, cert_registry=SimpleCertificateStore()
    )
    return signers.PdfSigner(metadata, signer)


def field(writer):
    field = add_annotation(writer, Subtype="Widget", FT="Tx", T=pdf_string("extra"), V=pdf_string("1"))
    form = writer.root["/AcroForm"]
    form["/Fields"].append(field)
    writer.update_container(form["/Fields"])


def filled_seal_field(writer):
    [seal] = writer.root["/AcroForm"]["/Fields"]
    seal = seal.get_object()
    seal["/TU"] = pdf_string("another label")
    writer.update_container(seal)


def annotation(writer):
    add_annotation(writer, Subtype="Square", C=generic.ArrayObject(map(generic.FloatObject, (1, 1, 1))))


def stamp(writer):
    [seal] = writer.root["/AcroForm"]["/Fields"]
    appearance = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.FloatObject, (0, 0, 100, 100))),
        },
        stream_data=b"0 0 100 100 re f",
    )
    seal = seal.get_object()
    seal["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(appearance)})
    writer.update_container(seal)


def page_content(writer):
    page = first_page(writer)
    over = writer.add_object(generic.StreamObject(stream_data=b"1 1 1 rg 0 0 900 900 re f"))
    page["/Contents"] = generic.ArrayObject([over])
    writer.update_container(page)


def title(writer):
    info = writer.prev.trailer_view["/Info"]
    info["/Title"] = pdf_string("another title")
    writer.update_container(info)


def attachment(writer):
    data = EmbeddedFileObject.from_file_data(writer, data=b"{}")
    embed_file(writer, FileSpec(file_spec_string="more.json", embedded_data=data))


def open_action(writer):
    writer.root["/OpenAction"] = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
    )
    writer.update_root()


class QuietWriter(IncrementalPdfFileWriter):
    """Changes what it is told to and nothing else: no dates in Info and XMP."""

    def _update_meta(self):
        pass


def first_page(writer):
    reference, _ = writer.find_page_for_modification(0)
    return reference.get_object()


def add_annotation(writer, **entries):
    page = first_page(writer)
    entries = {
        pdf_name("/" + key): pdf_name("/" + value) if type(value) is str else value
        for key, value in entries.items()
    }
    entries[pdf_name("/Type")] = pdf_name("/Annot")
    entries[pdf_name("/Rect")] = generic.ArrayObject(map(generic.FloatObject, (10, 10, 90, 30)))
    added = writer.add_object(generic.DictionaryObject(entries))
    page["/Annots"].append(added)
    writer.update_container(page["/Annots"])
    return added


def main(change, source, target, *more):
    with open(source, "rb") as file, open(target, "wb") as out:
        writer = QuietWriter(file)
        signer = globals()[change](writer, *more)
        if signer:
            signer.sign_pdf(writer, output=out)
        else:
            writer.write(out)


main(*sys.argv[1:])
