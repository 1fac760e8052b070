#!/usr/bin/env python3
"""The service against its own limits, in one run: ready time, push against offline, answers beside a batch.

    tests/bench/service.py target/release/yinxin [--rows 20000] [--rate 300] [--seconds 10]

Makes a demo folder in a temporary place. Prints one JSON object; docs/benchmarks.md says what each name means.
The client is Python on the same machine, so that rates are lower bounds.
"""

import argparse
import csv
import http.client
import json
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading
import time

SCHOOLS = "11990100MB01000360"
DIPLOMA = SCHOOLS + "004"
CLERK = "ji.xiaotang@" + SCHOOLS
OFFICER = "officer@11990100MB0100044T"
COLUMNS = (
    "ref,diploma_number,student_number,name,id_number,sex,born,enrolled,graduated,school,level,years,major,"
    "president,registrar,registrar_region,registered"
).split(",")


def citizen_id(number):
    body = f"99010120020315{number % 1000:03d}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights)) % 11]


def write_rows(path, first, count):
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for n in range(first, first + count):
            table.writerow([
                f"B-{n:07d}", f"999012024{n:08d}", f"2020{n:08d}", "程予安", citizen_id(n), "男" if n % 1000 % 2 else "女",
                "2002-03-15", "2020-09-01", "2024-07-01", "望澜大学", "本科", "4", "档案学", "沈怀瑾",
                "澜江省教育考试与学籍中心", "990000", "2024-07-01",
            ])


class Served:
    """A running service of a folder."""

    def __init__(self, program, folder):
        self.folder = folder
        started = time.monotonic()
        self.process = subprocess.Popen(
            [program, "--lang", "en", "--json", "serve", "--data", folder, "--public", "127.0.0.1:0",
             "--extranet", "127.0.0.1:0", "--metrics", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = json.loads(self.process.stdout.readline())
        self.public, self.extranet = said["public"], said["extranet"]
        host = self.public.split("//")[1]
        while True:
            try:
                call = http.client.HTTPConnection(host, timeout=5)
                call.request("GET", "/health/ready")
                if call.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.005)
        self.ready_ms = (time.monotonic() - started) * 1e3

    def identity(self, name):
        return pathlib.Path(self.folder, "people", name)

    def connect(self, name):
        own = self.identity(name)
        context = ssl.create_default_context(cafile=own / "anchors.pem")
        context.load_cert_chain(own / "x509.pem", own / "key.pem")
        host, port = self.extranet.split("//")[1].split(":")
        return http.client.HTTPSConnection(host, int(port), context=context, timeout=60)

    def peak_mib(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0

    def stop(self):
        self.process.terminate()
        self.process.wait()


def run(command):
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def asked(served, identifiers, rate, seconds):
    """Status by identifier at a steady rate over eight connections; the times of all answers, in ms, from when each was due."""
    times, lock, each = [], threading.Lock(), 8
    begin = time.monotonic() + 0.2

    def ask(own):
        connection = served.connect(OFFICER)
        for n in range(own, int(rate * seconds), each):
            due = begin + n / rate
            time.sleep(max(0, due - time.monotonic()))
            body = json.dumps({"certificate": {"identifier": identifiers[n % len(identifiers)]}, "purpose": "办理业务",
                               "business_number": f"B-{n}"})
            connection.request("POST", "/v1/verifications", body, {"content-type": "application/json"})
            reply = connection.getresponse()
            said = reply.read()
            if reply.status != 200:
                raise RuntimeError(f"{reply.status}: {said.decode()}")
            with lock:
                times.append((time.monotonic() - due) * 1e3)

    threads = [threading.Thread(target=ask, args=(own,)) for own in range(each)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times)


def at(times, part):
    return times[min(len(times) - 1, int(len(times) * part))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    with tempfile.TemporaryDirectory() as place:
        folder, offline = f"{place}/demo", f"{place}/offline"
        run([program, "demo", "--data", folder, "--count", "36", "--exit"])
        shutil.copytree(folder, offline)
        rows, later = f"{place}/rows.csv", f"{place}/later.csv"
        write_rows(rows, 0, options.rows)
        write_rows(later, options.rows, options.rows)
        # Both seal the same rows at B-T, as the service does by itself.
        took = run([program, "sign", "--data", offline, "--type", DIPLOMA, "--agency", SCHOOLS, "--as", CLERK,
                    "--level", "B-T", "--in", rows])
        served = Served(program, folder)
        push = [program, "batch", "push", "--server", served.extranet, "--identity", served.identity(CLERK),
                "--agency", SCHOOLS, "--type", DIPLOMA, "--watch"]
        pushed = run([*push, rows])
        figures = {
            "ready.ms": served.ready_ms,
            "offline.per_second": options.rows / took,
            "push.per_second": options.rows / pushed,
            "push.to_offline.ratio": pushed / took,
        }
        clerk = served.connect(CLERK)
        clerk.request("GET", f"/v1/batches?agency={SCHOOLS}")
        batch = json.loads(clerk.getresponse().read())[0]["batch"]
        clerk.request("GET", f"/v1/batches/{batch}/rows?limit=1000")
        identifiers = [row["identifier"] for row in json.loads(clerk.getresponse().read())]
        alone = asked(served, identifiers, options.rate, options.seconds)
        batch = subprocess.Popen([*push, later], stdout=subprocess.DEVNULL)
        beside = asked(served, identifiers, options.rate, options.seconds)
        still = batch.poll() is None
        batch.wait()
        figures |= {
            "ask.rate": options.rate,
            "ask.alone.p50_ms": at(alone, 0.5),
            "ask.alone.p99_ms": at(alone, 0.99),
            "ask.beside_batch.p50_ms": at(beside, 0.5),
            "ask.beside_batch.p99_ms": at(beside, 0.99),
            "ask.beside_batch.ratio": at(beside, 0.99) / at(alone, 0.99),
            "ask.batch_lasted_throughout": still,
            "memory.peak_mib": served.peak_mib(),
        }
        served.stop()
    print(json.dumps(figures, indent=1))


main()
