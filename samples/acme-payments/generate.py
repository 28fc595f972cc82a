#!/usr/bin/env python3
"""Writes the sample story: logs, the organisation's facts and expected.json.

    python3 generate.py [--out DIR]

Comes in: nothing but the seed below. Goes out: the same bytes each time (gzip bytes also depend on the zlib that Python
was built with; the records inside do not). Never reads the clock, the network or anything it wrote before.
"""

import argparse
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

from story import facts, truth  # noqa: E402
from story.chapters import Chapters  # noqa: E402
from story.delivery import Delivery  # noqa: E402
from story.dice import Dice  # noqa: E402
from story.digests import Digests  # noqa: E402
from story.dynamodb import DynamoDB  # noqa: E402
from story.identities import Identities  # noqa: E402
from story.leaver import leaver  # noqa: E402
from story.ledger import Ledger  # noqa: E402
from story.overwrite import overwrite, stored  # noqa: E402
from story.people import People  # noqa: E402
from story.workloads import Workloads  # noqa: E402

SEED = 20260302


def tell():
    """The ledger with everything that happened, the log files as delivered, and their digests."""
    ledger = Ledger(SEED)
    identities, dynamodb = Identities(ledger), DynamoDB(ledger)
    Workloads(ledger, identities, dynamodb).run()
    people = People(ledger, identities, dynamodb)
    people.run()
    Chapters(ledger, identities, dynamodb, people).run()
    delivery = Delivery(ledger, SEED + 1)
    delivery.log_deliveries(identities)
    leaver(ledger, identities, dynamodb, SEED + 2)
    overwrite(ledger, identities, delivery, SEED + 3)
    digests, ledger.dice = Digests(SEED + 4), Dice(SEED + 5)
    digests.log_deliveries(ledger)
    delivered = delivery.log_files()
    return ledger, delivered, digests


def write(folder, path, body):
    """Writes one file below a folder."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)


def main():
    """Replaces logs/ and the facts in the output folder."""
    parser = argparse.ArgumentParser(description="Write the sample story")
    parser.add_argument(
        "--out", type=pathlib.Path, default=HERE, help="folder to write into (default: beside this file)"
    )
    out = parser.parse_args().out
    ledger, delivered, digests = tell()
    files = [file.packed(stored(file)) for file in delivered]
    for folder in ("logs", "public-keys"):
        shutil.rmtree(out / folder, ignore_errors=True)
    for path, body in [*(("logs/" + path, body) for path, body in files), *digests.files(delivered)]:
        write(out, path, body)
    for path, text in facts.files():
        write(out, path, text.encode("utf-8"))
    expected = truth.expected(ledger, files, delivered, digests)
    write(out, "expected.json", (json.dumps(expected, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
    print(json.dumps({name: expected[name] for name in ("files", "records", "unique_by_stream")}, indent=1))


if __name__ == "__main__":
    main()
