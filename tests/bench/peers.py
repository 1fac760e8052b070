#!/usr/bin/env python3
"""How many files a second pyHanko signs, tuned as well as we know how, beside `yinxin bench`.

pyHanko only signs an existing page: no rows, no layout, no database, no file kept. It gets its key
object once, a fixed size for /Contents, everything in memory, and two processes.

usage: peers.py SAMPLE.pdf [--count N] [--processes N] [--yinxin PROGRAM]

SAMPLE.pdf is a certificate of `yinxin demo`; its stamp and signature are flattened first.
With --yinxin, `PROGRAM bench --json` runs before and after, and the ratios of this one run are
printed: rates of different runs differ by a fifth, ratios do not. The answer is one JSON object.
"""

import argparse
import io
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyhanko.version
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

sys.path.append(str(Path(__file__).parent.parent / "judges"))
from somebody_else import make_key  # noqa: E402

BYTES_RESERVED = 4096


class CachedKeySigner(signers.SimpleSigner):
    """The stock signer parses its key for each signature; this one holds it ready."""

    key_object = None

    def sign_raw(self, data, digest_algorithm):
        return self.key_object.sign(data, ec.ECDSA(hashes.SHA256()))


def make_signer():
    key, own, pkcs8 = make_key()
    signer = CachedKeySigner(
        signing_cert=own, signing_key=pkcs8, cert_registry=SimpleCertificateStore()
    )
    signer.key_object = key
    return signer


def sign_many(sample, count, ready, go):
    """Seconds that one process takes for `count` signatures, after both are ready."""
    metadata = signers.PdfSignatureMetadata(
        field_name="seal", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    pdf_signer = signers.PdfSigner(metadata, make_signer())

    def sign():
        writer = IncrementalPdfFileWriter(io.BytesIO(sample))
        pdf_signer.sign_pdf(writer, bytes_reserved=BYTES_RESERVED)

    for _ in range(20):
        sign()
    ready.release()
    go.wait()
    for _ in range(count):
        sign()


def pyhanko_rate(sample, count, processes):
    ready, go = multiprocessing.Semaphore(0), multiprocessing.Event()
    share = max(1, count // processes)
    workers = [
        multiprocessing.Process(target=sign_many, args=(sample, share, ready, go))
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        ready.acquire()
    start = time.perf_counter()
    go.set()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - start
    if any(worker.exitcode for worker in workers):
        raise SystemExit("a worker failed")
    return share * processes / seconds


def without_seal(path):
    """The page as an ordinary PDF: stamp drawn into it, no form, no signature."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.pdf"
        subprocess.run(
            ["qpdf", "--empty", "--pages", path, "1", "--", "--flatten-annotations=all", plain],
            check=True,
        )
        return plain.read_bytes()


def yinxin_bench(program):
    answer = subprocess.run([program, "bench", "--json"], check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sample", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--yinxin", type=Path)
    arguments = parser.parse_args()

    sample = without_seal(arguments.sample)
    answer = {"peer": f"pyHanko {pyhanko.version.__version__}", "page_bytes": len(sample)}
    runs = []
    if arguments.yinxin:
        runs.append(yinxin_bench(arguments.yinxin))
    rate = pyhanko_rate(sample, arguments.count, arguments.processes)
    answer["pyhanko.sign.per_second"] = round(rate, 1)
    if arguments.yinxin:
        runs.append(yinxin_bench(arguments.yinxin))
        ours = {key: value for key, value in runs[0].items() if key.endswith(".per_second")}
        mean = {key: (value + runs[1][key]) / 2 for key, value in ours.items()}
        answer["yinxin"] = mean
        answer["ratio"] = {key: round(value / rate, 2) for key, value in mean.items()}
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
