#!/usr/bin/env python3
"""Puts the bills of materials of a bundle through what their publishers offer: bom.cdx.json through
the schema of CycloneDX 1.6, strictly; bom.spdx.json through SPDX's own model of 3.0.1, generated from
its SHACL (types, values, how often each property may stand), and the rules of its profiles that no
schema holds. Compares the hashes in both with the files.

    tools/check_bill.py runs/tiny/release
"""
import argparse
import hashlib
import json
import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_python_model import v3_0_1 as spdx


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_cyclonedx(bundle):
    text = (bundle / "bom.cdx.json").read_text(encoding="utf-8")
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        yield f"schema: {str(error)[:500]}"
    files = [part for part in json.loads(text)["components"] if part["type"] == "file"]
    for part in files:
        if digest(bundle / part["name"]) != part["hashes"][0]["content"]:
            yield f"{part['name']}: another hash"
    if not files:
        yield "no file of weights is listed"


def read_spdx(path):
    objects = spdx.SHACLObjectSet()
    with path.open("rb") as file:
        spdx.JSONLDDeserializer().read(file, objects)  # throws on what the model does not allow
    spdx.JSONLDSerializer().serialize_data(objects)  # and on properties that must stand there
    return objects


def check_licences(objects, kind):
    for package in objects.foreach_type(kind, match_subclass=False):
        for relation in ("hasDeclaredLicense", "hasConcludedLicense"):
            wanted = spdx.RelationshipType.NAMED_INDIVIDUALS[relation]
            found = [link for link in objects.foreach_type(spdx.Relationship)
                     if link.from_ is package and link.relationshipType == wanted]
            if len(found) != 1:
                yield f"{package.name}: {len(found)} relationships {relation}, the profile asks for one"


def check_spdx(bundle):
    try:
        objects = read_spdx(bundle / "bom.spdx.json")
    except Exception as error:
        yield f"model: {str(error)[:500]}"
        return
    missing = objects.link()
    if missing:
        yield f"references that lead nowhere: {', '.join(sorted(map(str, missing)))[:500]}"
    for kind in (spdx.ai_AIPackage, spdx.dataset_DatasetPackage):
        yield from check_licences(objects, kind)
    files = list(objects.foreach_type(spdx.software_File))
    for file in files:
        if digest(bundle / file.name) != file.verifiedUsing[0].hashValue:
            yield f"{file.name}: another hash"
    if not files or not list(objects.foreach_type(spdx.ai_AIPackage)):
        yield "no model or no file of weights is listed"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=pathlib.Path)
    bundle = parser.parse_args().bundle
    failed = False
    for name, check in (("bom.cdx.json", check_cyclonedx), ("bom.spdx.json", check_spdx)):
        problems = list(check(bundle))
        failed = failed or bool(problems)
        for problem in problems:
            print(f"FAILED {name}: {problem}")
        print(f"{bundle / name}: {len(problems)} problems")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
