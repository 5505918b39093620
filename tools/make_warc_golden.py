#!/usr/bin/env python3
"""Writes tests/golden/warc/: small WARC and WET files by warcio, and what warcio reads from them.

    tools/make_warc_golden.py [--seed 42] [--out tests/golden/warc]

crawl.warc.gz, crawl.warc (the same, plain) and crawl.wet.gz. In warc.json stand, for each file, the
records with their header fields, offset in the file and length, and of conversions the text.
"""

import argparse
import gzip
import io
import json
import pathlib
import random
import zlib

import brotli
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

DATE = "2024-05-01T12:00:00Z"
PARAGRAPH = (
    "The library opens at nine in the morning and closes at six in the evening, and on Sundays it "
    "stays closed, as every child of the town knows who has stood before its doors in the rain. "
)


def page(title, body, meta=""):
    return f"<html><head>{meta}<title>{title}</title></head><body>{body}</body></html>"


def chunked(body):
    out = b""
    for at in range(0, len(body), 100):
        part = body[at : at + 100]
        out += b"%x\r\n" % len(part) + part + b"\r\n"
    return out + b"0\r\n\r\n"


def responses():
    """URL, status, headers, body."""
    main = f"<article><h1>Library</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH * 2}</p></article>"
    nav = "<nav><a href='/'>Home</a><a href='/a'>About</a></nav><footer>All rights reserved</footer>"
    french = "<p>" + "L'\u00e9t\u00e9 dernier, les \u00e9l\u00e8ves ont visit\u00e9 la biblioth\u00e8que de No\u00ebl. " * 4 + "</p>"
    html = page("Library", nav + main).encode()
    yield "http://example.org/plain", "200 OK", [("Content-Type", "text/html; charset=utf-8")], html
    yield (
        "http://example.org/gzip",
        "200 OK",
        [("Content-Type", "text/html"), ("Content-Encoding", "gzip")],
        gzip.compress(html, mtime=0),
    )
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    yield (
        "http://example.org/deflate",
        "200 OK",
        [("Content-Type", "text/html"), ("Content-Encoding", "deflate")],
        deflate.compress(html) + deflate.flush(),
    )
    yield (
        "http://example.org/br-chunked",
        "200 OK",
        [
            ("Content-Type", "text/html"),
            ("Content-Encoding", "br"),
            ("Transfer-Encoding", "chunked"),
        ],
        chunked(brotli.compress(html)),
    )
    yield (
        "http://example.org/chunked-in-name-only",
        "200 OK",
        [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")],
        html,
    )
    yield (
        "http://example.fr/latin",
        "200 OK",
        [("Content-Type", "text/html; charset=ISO-8859-1")],
        page("\u00c9t\u00e9", french).encode("latin-1"),
    )
    meta = '<meta http-equiv="content-type" content="text/html; charset=windows-1252">'
    yield (
        "http://example.fr/meta",
        "200 OK",
        [("Content-Type", "text/html")],
        page("\u00c9t\u00e9", french.replace("'", "\u2019"), meta).encode("cp1252"),
    )
    yield "http://example.org/404", "404 Not Found", [("Content-Type", "text/html")], html
    yield "http://example.org/x.png", "200 OK", [("Content-Type", "image/png")], b"\x89PNG\r\n"
    yield "http://example.org/t.txt", "200 OK", [("Content-Type", "text/plain")], PARAGRAPH.encode()
    noai = '<meta name="robots" content="noindex, noai">'
    yield (
        "http://example.org/noai",
        "200 OK",
        [("Content-Type", "text/html")],
        page("No", main, noai).encode(),
    )


class Ids:
    """Record ids and dates that do not change from run to run."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def __call__(self):
        digits = "%032x" % self.random.getrandbits(128)
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return "<urn:uuid:" + "-".join(parts) + ">"


def write_crawl(path, compress, ids):
    with open(path, "wb") as file:
        writer = WARCWriter(file, gzip=compress)
        headers = lambda **more: {"WARC-Record-ID": ids(), "WARC-Date": DATE, **more}
        info = b"software: warcio\r\nformat: WARC File Format 1.0\r\n"
        writer.write_record(
            writer.create_warc_record(
                "", "warcinfo", payload=io.BytesIO(info), warc_headers_dict=headers()
            )
        )
        for url, status, http, body in responses():
            writer.write_record(
                writer.create_warc_record(
                    url,
                    "request",
                    http_headers=StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True),
                    warc_headers_dict=headers(),
                )
            )
            writer.write_record(
                writer.create_warc_record(
                    url,
                    "response",
                    payload=io.BytesIO(body),
                    http_headers=StatusAndHeaders(status, http, protocol="HTTP/1.1"),
                    warc_headers_dict=headers(**{"WARC-IP-Address": "192.0.2.7"}),
                )
            )


def write_wet(path, ids):
    with open(path, "wb") as file:
        writer = WARCWriter(file, gzip=True)
        for i, text in enumerate((PARAGRAPH, "Un texte fran\u00e7ais.\nEn deux lignes.", "")):
            writer.write_record(
                writer.create_warc_record(
                    f"http://example.org/{i}",
                    "conversion",
                    payload=io.BytesIO(text.encode()),
                    warc_content_type="text/plain",
                    warc_headers_dict={
                        "WARC-Record-ID": ids(),
                        "WARC-Date": DATE,
                        "WARC-Identified-Content-Language": ("eng", "fra", "eng")[i],
                    },
                )
            )


def read_back(path):
    records = []
    with open(path, "rb") as file:
        iterator = ArchiveIterator(file, no_record_parse=True)
        for record in iterator:
            field = lambda name: record.rec_headers.get_header(name) or ""
            text = record.raw_stream.read().decode("utf-8", "replace")
            entry = {
                "type": record.rec_type,
                "id": field("WARC-Record-ID"),
                "date": field("WARC-Date"),
                "uri": field("WARC-Target-URI"),
                "ip": field("WARC-IP-Address"),
                "length": int(field("Content-Length")),
                "offset": iterator.get_record_offset(),
            }
            if record.rec_type == "conversion":
                entry["text"] = text
            records.append(entry)
    return {"file": path.name, "records": records}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", default="tests/golden/warc")
    options = parser.parse_args()
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    write_crawl(out / "crawl.warc.gz", True, Ids(options.seed))
    write_crawl(out / "crawl.warc", False, Ids(options.seed))
    write_wet(out / "crawl.warc.wet.gz", Ids(options.seed + 1))
    files = [read_back(path) for path in sorted(out.glob("crawl.*"))]
    (out / "warc.json").write_text(json.dumps(files, indent=0) + "\n")


if __name__ == "__main__":
    main()
