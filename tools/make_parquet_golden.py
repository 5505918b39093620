#!/usr/bin/env python3
"""Writes tests/golden/parquet/: small files by pyarrow, and the rows that they hold as JSON.

    tools/make_parquet_golden.py [--seed 42] [--out tests/golden/parquet]

flat_ENCODING_CODEC_vN.parquet all hold the rows of flat.json, nested_vN.parquet those of
nested.json, pages_vN.parquet (many row groups and pages, checksums) those of pages.json.
Dates, times and decimals stand in the JSON as src/formats/parquet_json.h writes them.
"""

import argparse
import datetime
import decimal
import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

EPOCH = datetime.datetime(1970, 1, 1)
WORDS = ["", "ls", "libre", "d\u00e9j\u00e0 vu", "le corpus", "le corpus libre", "\u4e2d\u6587"]

FLAT = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        ("small", pa.int32()),
        ("byte", pa.uint8()),
        ("big", pa.uint64()),
        ("flag", pa.bool_()),
        ("ratio", pa.float32()),
        ("score", pa.float64()),
        ("text", pa.string()),
        ("name", pa.string()),
        ("fixed", pa.binary(3)),
        ("day", pa.date32()),
        ("clock", pa.time64("us")),
        ("utc", pa.timestamp("ms", tz="UTC")),
        ("local", pa.timestamp("us")),
        ("price", pa.decimal128(9, 2)),
        ("nothing", pa.string()),
    ]
)

ENCODINGS = {
    "plain": {"use_dictionary": False},
    "dictionary": {"use_dictionary": True},
    "delta": {
        "use_dictionary": False,
        "column_encoding": {
            "id": "DELTA_BINARY_PACKED",
            "small": "DELTA_BINARY_PACKED",
            "byte": "DELTA_BINARY_PACKED",
            "big": "DELTA_BINARY_PACKED",
            "flag": "RLE",
            "ratio": "BYTE_STREAM_SPLIT",
            "score": "BYTE_STREAM_SPLIT",
            "text": "DELTA_BYTE_ARRAY",
            "name": "DELTA_LENGTH_BYTE_ARRAY",
            "fixed": "DELTA_BYTE_ARRAY",
            "day": "BYTE_STREAM_SPLIT",
            "utc": "DELTA_BINARY_PACKED",
            "nothing": "DELTA_BYTE_ARRAY",
        },
    },
}


def clock_text(value):
    text = value.strftime("%H:%M:%S")
    return text if value.microsecond == 0 else text + ".%06d" % value.microsecond


def stamp_text(milliseconds):
    value = EPOCH + datetime.timedelta(milliseconds=milliseconds)
    fraction = "" if milliseconds % 1000 == 0 else ".%03d" % (milliseconds % 1000)
    return value.strftime("%Y-%m-%dT%H:%M:%S") + fraction


def flat_row(rng, i):
    """One row: what pyarrow is given, and what we are to read."""
    milliseconds = int(rng.integers(-(10**12), 2 * 10**12))
    milliseconds -= 0 if i % 3 else milliseconds % 1000
    local = EPOCH + datetime.timedelta(microseconds=int(rng.integers(-(10**15), 2 * 10**15)))
    local = local if i % 4 else local.replace(microsecond=0)
    clock = datetime.time(i % 24, i % 60, 7, 0 if i % 2 else 1000 * i)
    day = datetime.date(1600, 2, 28) + datetime.timedelta(days=int(rng.integers(0, 250000)))
    price = decimal.Decimal(int(rng.integers(-(10**9) + 1, 10**9))).scaleb(-2)
    given = {
        "id": i * i - 1000,
        "small": int(rng.integers(-(2**31), 2**31)),
        "byte": int(rng.integers(0, 256)),
        "big": int(rng.integers(0, 2**62)),
        "flag": bool(rng.integers(0, 2)),
        "ratio": float(np.float32(rng.standard_normal())),
        "score": float(rng.standard_normal()),
        "text": " ".join(rng.choice(WORDS, int(rng.integers(0, 6)))),
        "name": str(rng.choice(["fr", "en", "code"])),
        "fixed": bytes(rng.integers(97, 123, 3).astype(np.uint8)),
        "day": day,
        "clock": clock,
        "utc": milliseconds,
        "local": local,
        "price": price,
        "nothing": None,
    }
    # Runs of nulls, single ones and none.
    for column, name in enumerate(given):
        if name != "id" and ((i + column) % 7 == 0 or (column == 7 and 20 <= i < 40)):
            given[name] = None
    read = dict(given)
    forms = {
        "fixed": lambda v: v.decode(),
        "day": lambda v: v.isoformat(),
        "clock": clock_text,
        "utc": lambda v: stamp_text(v) + "Z",
        "local": lambda v: v.strftime("%Y-%m-%dT") + clock_text(v.time()),
        "price": lambda v: "%.2f" % v,
    }
    for name, form in forms.items():
        if read[name] is not None:
            read[name] = form(read[name])
    return given, read


def nested_row(rng, i):
    def words(most):
        return [str(w) for w in rng.choice(WORDS, int(rng.integers(0, most)))]

    def maybe(value, every):
        return None if i % every == every - 1 else value

    authors = [
        {"name": str(rng.choice(WORDS)), "years": maybe([int(y) for y in rng.integers(0, 9, 2)], 3)}
        for _ in range(i % 4)
    ]
    return {
        "tags": maybe([w or None for w in words(5)], 4),
        "grid": [[int(x) for x in rng.integers(-9, 9, int(rng.integers(0, 3)))] for _ in range(i % 3)],
        "meta": maybe({"source": maybe(f"s{i}", 5), "authors": maybe(authors, 6)}, 7),
        "counts": maybe({f"k{j}": maybe(j * i, 2) for j in range(i % 3)}, 5),
    }


NESTED = pa.schema(
    [
        ("tags", pa.list_(pa.string())),
        ("grid", pa.list_(pa.list_(pa.int32()))),
        (
            "meta",
            pa.struct(
                [
                    ("source", pa.string()),
                    (
                        "authors",
                        pa.list_(pa.struct([("name", pa.string()), ("years", pa.list_(pa.int64()))])),
                    ),
                ]
            ),
        ),
        ("counts", pa.map_(pa.string(), pa.int64())),
    ]
)


def write_rows(path, rows):
    path.write_text(json.dumps(rows, ensure_ascii=True, indent=0) + "\n")


def write_flat(out, seed):
    rng = np.random.default_rng(seed)
    rows = [flat_row(rng, i) for i in range(60)]
    write_rows(out / "flat.json", [read for _, read in rows])
    table = pa.Table.from_pylist([given for given, _ in rows], schema=FLAT)
    for encoding, options in ENCODINGS.items():
        for codec in ["none", "snappy", "gzip", "zstd"]:
            for version in [1, 2]:
                name = f"flat_{encoding}_{codec}_v{version}.parquet"
                pq.write_table(
                    table, out / name, compression=codec, data_page_version=f"{version}.0",
                    store_schema=False, write_statistics=False, **options,
                )


def write_nested(out, seed):
    rng = np.random.default_rng(seed + 1)
    rows = [nested_row(rng, i) for i in range(60)]
    write_rows(out / "nested.json", rows)
    given = [
        {**row, "counts": None if row["counts"] is None else list(row["counts"].items())}
        for row in rows
    ]
    table = pa.Table.from_pylist(given, schema=NESTED)
    for version in [1, 2]:
        pq.write_table(
            table, out / f"nested_v{version}.parquet", row_group_size=25, compression="snappy",
            data_page_version=f"{version}.0", store_schema=False, write_statistics=False,
            data_page_size=64, write_batch_size=4,
        )


def write_pages(out, seed):
    rng = np.random.default_rng(seed + 2)
    rows = [
        {"id": i, "text": " ".join(rng.choice(WORDS, int(rng.integers(0, 9)))),
         "tokens": [int(t) for t in rng.integers(0, 40, int(rng.integers(0, 5)))]}
        for i in range(300)
    ]
    write_rows(out / "pages.json", rows)
    schema = pa.schema([("id", pa.int64()), ("text", pa.string()), ("tokens", pa.list_(pa.int32()))])
    table = pa.Table.from_pylist(rows, schema=schema)
    for version in [1, 2]:
        # The text's dictionary grows too large, so that plain pages follow.
        pq.write_table(
            table, out / f"pages_v{version}.parquet", row_group_size=70, compression="zstd",
            data_page_version=f"{version}.0", store_schema=False, data_page_size=128,
            write_batch_size=16, dictionary_pagesize_limit=600, write_page_checksum=True,
        )


def write_others(out):
    stamps = pa.table({"at": pa.array([0, -1, 1_700_000_000_123_456_789], pa.timestamp("ns"))})
    pq.write_table(stamps, out / "int96.parquet", use_deprecated_int96_timestamps=True,
                   store_schema=False)
    text = pa.table({"text": ["refused by name"]})
    pq.write_table(text, out / "brotli.parquet", compression="brotli", store_schema=False)
    half = pa.table({"text": ["read"], "half": pa.array([np.float16(1)], pa.float16())})
    pq.write_table(half, out / "float16.parquet", store_schema=False)
    none = pa.table({"text": pa.array([], pa.string())})
    pq.write_table(none, out / "empty.parquet", store_schema=False)


def write_small(out):
    """For the sweeps of the tests, which damage every byte."""
    items = pa.list_(pa.struct([("name", pa.string()), ("n", pa.int32())]))
    rows = [
        {"id": i, "text": [None, "ab", "abc"][i % 3],
         "items": [None, [], [{"name": "x", "n": i}, None]][i % 3], "counts": [("k", i)] * (i % 2)}
        for i in range(5)
    ]
    schema = pa.schema(
        [("id", pa.int64()), ("text", pa.string()), ("items", items),
         ("counts", pa.map_(pa.string(), pa.int32()))]
    )
    table = pa.Table.from_pylist(rows, schema=schema)
    common = {"store_schema": False, "write_statistics": False}
    pq.write_table(table, out / "small_dictionary.parquet", compression="snappy", **common)
    deltas = {
        "id": "DELTA_BINARY_PACKED",
        "text": "DELTA_BYTE_ARRAY",
        "items.list.element.name": "DELTA_LENGTH_BYTE_ARRAY",
        "items.list.element.n": "BYTE_STREAM_SPLIT",
        "counts.key_value.key": "DELTA_BYTE_ARRAY",
    }
    pq.write_table(table, out / "small_delta.parquet", compression="none", use_dictionary=False,
                   column_encoding=deltas, data_page_version="2.0", **common)


def write_corpora(out):
    """The columns of published data sets, a row or two each."""
    out.mkdir(exist_ok=True)
    lucie = [
        {"text": "Le corpus.", "language": "fr", "source": "Wikipedia", "id": "{'wiki': 1}",
         "url": "https://fr.wikipedia.org/wiki/Corpus", "title": "Corpus", "author": None,
         "date": "2023-12-01", "quality_signals": None, "extra": "{}"},
        {"text": "import os", "language": "code:python", "source": "TheStack", "id": "2",
         "url": None, "title": None, "author": None, "date": None, "quality_signals": None,
         "extra": None},
        {"text": "One\nUn", "language": "en,fr", "source": "EuroparlAligned", "id": "3", "url": None,
         "title": None, "author": None, "date": None, "quality_signals": None, "extra": None},
    ]
    fineweb = [
        {"text": "The web.", "id": "<urn:uuid:1>", "dump": "CC-MAIN-2013-20",
         "url": "http://example.org/", "date": "2013-05-18T05:30:12Z", "file_path": "s3://x",
         "language": "en", "language_score": 0.9, "token_count": 3},
    ]
    dolma = [
        {"id": "d1", "text": "A paper.", "source": "peS2o", "added": "2024-01-02",
         "created": "2020-02-03",
         "metadata": {"url": "https://example.org/p", "language": "en", "license": "CC-BY-4.0"}},
        {"id": "d2", "text": None, "source": "peS2o", "added": None, "created": None,
         "metadata": None},
    ]
    redpajama = [
        {"raw_content": "Une page.", "doc_id": "2023-06/0000/fr_head.json.gz/0",
         "meta": json.dumps({"url": "https://example.fr/", "language": "fr",
                             "timestamp": "2023-03-20T10:00:00Z"})},
    ]
    corpora = {"lucie": lucie, "fineweb": fineweb, "dolma": dolma, "redpajama": redpajama}
    for name, rows in corpora.items():
        pq.write_table(pa.Table.from_pylist(rows), out / f"{name}.parquet", store_schema=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=pathlib.Path, default="tests/golden/parquet")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    write_flat(options.out, options.seed)
    write_nested(options.out, options.seed)
    write_pages(options.out, options.seed)
    write_others(options.out)
    write_small(options.out)
    write_corpora(options.out / "corpora")


if __name__ == "__main__":
    main()
