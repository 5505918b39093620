#!/usr/bin/env python3
"""Puts a croissant.json of `lucie corpus card` through mlcroissant, the reference implementation.

    lucie corpus card runs/tiny --out card
    python3 tools/check_croissant.py card/croissant.json --data runs/tiny/corpus

Without --data only the metadata are checked. With it the file is laid beside the corpus (in a
folder of links), and the first records are read through mlcroissant and compared with the JSON
lines themselves. Needs mlcroissant (tools/requirements.txt) and the program zstd.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import mlcroissant


def check_metadata(path):
    dataset = mlcroissant.Dataset(jsonld=str(path))
    issues = dataset.metadata.issues
    for error in issues.errors:
        print("error:", error)
    for warning in issues.warnings:
        print("warning:", warning)
    return dataset, len(issues.errors)


def unpacked(data, files, folder):
    """mlcroissant does not read zstd: the parts are unpacked, under names that it finds."""
    for file in files:
        target = folder / file["contentUrl"]
        target.parent.mkdir(parents=True, exist_ok=True)
        plain = target.with_suffix("")
        subprocess.run(["zstd", "-dqf", str(data / file["contentUrl"]), "-o", str(plain)], check=True)


def as_text(value):
    return value.decode() if isinstance(value, bytes) else value


def check_records(path, data, count):
    card = json.loads(path.read_text())
    files = [d for d in card.get("distribution", []) if d["@type"] == "cr:FileObject"]
    for file in files:
        subprocess.run(["sha256sum", "-c", "--status"], cwd=data, check=True, text=True,
                       input=f"{file['sha256']}  {file['contentUrl']}\n")
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        unpacked(data, files, folder)
        card["distribution"] = [d for d in card["distribution"] if d["@type"] == "cr:FileSet"]
        for entry in card["distribution"]:
            entry["includes"] = entry["includes"].removesuffix(".zst")
        beside = folder / "croissant.json"
        beside.write_text(json.dumps(card))
        dataset = mlcroissant.Dataset(jsonld=str(beside))
        for record_set in card["recordSet"]:
            first = sorted((folder / record_set["@id"].removesuffix("-documents")).glob(
                "documents/*/*.jsonl"))[0]
            with open(first) as lines:
                expected = json.loads(next(lines))
            records = {}
            for record in dataset.records(record_set["@id"]):
                plain = {k.split("/")[-1]: as_text(v) for k, v in record.items()}
                records[plain["id"]] = plain
                if len(records) == count or expected["id"] in records:
                    break
            found = records.get(expected["id"])
            if found is None:
                sys.exit(f"{record_set['@id']}: {expected['id']} was not read")
            if found["text"] != expected["text"]:
                sys.exit(f"{record_set['@id']}: text of {expected['id']} differs")
            for key in ("licence", "url", "language"):
                if found[key] != expected["metadata"][key]:
                    sys.exit(f"{record_set['@id']}: {key} of {expected['id']} differs")
            print(f"{record_set['@id']}: {expected['id']} read as it stands")
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("croissant", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, help="the corpus that it describes")
    parser.add_argument("--records", type=int, default=20000)
    arguments = parser.parse_args()
    _, errors = check_metadata(arguments.croissant)
    if errors:
        sys.exit(f"{errors} errors")
    if arguments.data:
        check_records(arguments.croissant, arguments.data.resolve(), arguments.records)
    print("valid Croissant 1.0")


if __name__ == "__main__":
    main()
