#!/usr/bin/env python3
"""Puts the bill of materials of a bundle (bom.cdx.json) through the published schema of CycloneDX
1.6, strictly, and compares the hashes in it with the files.

    tools/check_bill.py runs/tiny/release
"""
import argparse
import hashlib
import json
import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=pathlib.Path)
    bundle = parser.parse_args().bundle
    text = (bundle / "bom.cdx.json").read_text(encoding="utf-8")
    problems = []
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        problems.append(f"schema: {str(error)[:500]}")
    files = [part for part in json.loads(text)["components"] if part["type"] == "file"]
    for part in files:
        digest = hashlib.sha256((bundle / part["name"]).read_bytes()).hexdigest()
        if digest != part["hashes"][0]["content"]:
            problems.append(f"{part['name']}: another hash")
    if not files:
        problems.append("no file of weights is listed")
    for problem in problems:
        print(f"FAILED {problem}")
    print(f"{bundle / 'bom.cdx.json'}: {len(files)} files, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
