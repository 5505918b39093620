#!/usr/bin/env python3
"""The bundle of a run as a stranger gets it: sums, front matter, pages without outside resources.

    tools/check_release.py --run runs/tiny

--seed is taken for the likeness of all checks; nothing is drawn here.
"""

import argparse
import hashlib
import html.parser
import json
import re

import yaml

import run_files

# Attributes that make a browser fetch something; a link that a reader may follow is not one.
FETCHING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "xlink:href"}


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sums(report, release):
    listed = {}
    for line in (release / "SHA256SUMS").read_text().splitlines():
        digest, name = re.fullmatch(r"([0-9a-f]{64}) [ *](.+)", line).groups()
        listed[name] = digest
    wrong = [name for name, digest in listed.items()
             if not (release / name).is_file() or sha256(release / name) != digest]
    report.check(listed and not wrong, f"SHA256SUMS: {len(listed)} files {', '.join(wrong)}")
    own = {"SHA256SUMS", "stage.json"}
    extra = [str(p.relative_to(release)) for p in sorted(release.rglob("*"))
             if p.is_file() and str(p.relative_to(release)) not in listed and p.name not in own]
    report.check(not extra, f"no file without a sum {', '.join(extra)}")


def check_front_matter(report, card):
    parts = card.read_text(encoding="utf-8").split("---\n", 2)
    fields = yaml.safe_load(parts[1]) if parts[0] == "" and len(parts) == 3 else None
    needed = {"language", "license", "pipeline_tag"}
    report.check(isinstance(fields, dict) and needed <= set(fields),
                 f"{card.name}: front matter {json.dumps(fields, ensure_ascii=False)[:200]}")


class Resources(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.styles, self.tags = [], "", 0

    def handle_starttag(self, tag, attrs):
        self.tags += 1
        for name, value in attrs:
            value = value or ""
            # A local fragment and data in the page itself are no outside resources.
            inside = value == "" or value.startswith(("#", "data:"))
            if (name in FETCHING or (tag == "link" and name == "href")) and not inside:
                self.found.append(f"<{tag} {name}={value}>")
            if name == "style":
                self.styles += value
            if tag == "meta" and name == "http-equiv" and value.lower() == "refresh":
                self.found.append("<meta refresh>")
        if tag in ("script", "iframe", "object", "embed"):
            self.found += [f"<{tag}>"] if any(name in FETCHING for name, _ in attrs) else []

    def handle_data(self, data):
        if self.lasttag == "style":
            self.styles += data


def check_page(report, page):
    text = page.read_text(encoding="utf-8")
    parser = Resources()
    parser.feed(text)
    found = parser.found + re.findall(r"url\((?!['\"]?(?:#|data:))[^)]*\)|@import[^;]*", parser.styles)
    found += re.findall(r"\b(?:fetch|XMLHttpRequest|importScripts|WebSocket)\(", text)
    report.check(parser.tags > 10 and not found,
                 f"{page.name}: {parser.tags} tags, no outside resource {', '.join(found[:5])}")


def main():
    args = run_files.add_arguments(
        argparse.ArgumentParser(description=__doc__.splitlines()[0])).parse_args()
    report = run_files.Report()
    release = args.run / "release"
    check_sums(report, release)
    for card in sorted(release.rglob("README.md")):
        check_front_matter(report, card)
    for page in [args.run / "report.html", *sorted(release.rglob("*.html"))]:
        check_page(report, page)
    for path in sorted(release.rglob("*.json")):
        json.loads(path.read_text(encoding="utf-8"))
    report.finish()


if __name__ == "__main__":
    main()
