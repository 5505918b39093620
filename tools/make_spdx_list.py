#!/usr/bin/env python3
"""Writes src/corpus/spdx_list.inc: the names of the SPDX licence list, which of them are deprecated,
approved by the OSI or free by the FSF's list, and the names of the exceptions.

Asks the copy of the list that the PyPI package `reuse` carries (CC0-1.0 data of SPDX).
--seed is accepted as by every script here and has no effect.
"""
import argparse
import json
from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/corpus/spdx_list.inc"


def rows(cells):
    lines = ["   "]
    for cell in cells:
        if len(lines[-1]) + len(cell) > 98:
            lines.append("   ")
        lines[-1] += " " + cell
    return "\n".join(lines)


def licence(entry):
    flags = [name for key, name in (("isDeprecatedLicenseId", "kDeprecated"),
                                    ("isOsiApproved", "kOsi"), ("isFsfLibre", "kFsf"))
             if entry.get(key)]
    return '{"%s", %s},' % (entry["licenseId"], " | ".join(flags) or "0")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="folder", type=Path, help="folder of licenses.json and "
                        "exceptions.json; else that of the package reuse")
    options = parser.parse_args()
    folder = options.folder or files("reuse") / "resources"
    licences = json.loads((folder / "licenses.json").read_text())
    exceptions = json.loads((folder / "exceptions.json").read_text())
    by_name = sorted(licences["licenses"], key=lambda e: e["licenseId"].lower())
    names = sorted((e["licenseExceptionId"] for e in exceptions["exceptions"]), key=str.lower)
    TARGET.write_text(
        "// Written by tools/make_spdx_list.py from the SPDX licence list "
        + licences["licenseListVersion"] + ", sorted by lower case.\n\n"
        + "constexpr SpdxRow kLicences[] = {\n" + rows(map(licence, by_name)) + "\n};\n\n"
        + "constexpr std::string_view kExceptions[] = {\n"
        + rows('"%s",' % name for name in names) + "\n};\n")


if __name__ == "__main__":
    main()
