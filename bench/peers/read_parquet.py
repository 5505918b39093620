#!/usr/bin/env python3
"""Reading one column of text from Parquet on one core: lucie and pyarrow on the same files.

    bench/peers/read_parquet.py BUILD_DIR DOCUMENTS.jsonl.zst...

The documents are written by pyarrow, once for each codec, with ids, languages and text. MB/s of
text in processor time, median of five; both sides give the rows one after another (batches of
pyarrow are Arrow's buffers, no Python strings are made).
"""

import io
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

pa.set_cpu_count(1)
pa.set_io_thread_count(1)


def documents(path):
    with open(path, "rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8")
        for line in lines:
            document = json.loads(line)
            yield {"id": document["id"], "language": document["metadata"]["language"],
                   "text": document["text"]}


def read_with_pyarrow(path):
    file = pq.ParquetFile(path, memory_map=True)
    return sum(batch.num_rows for batch in file.iter_batches(columns=["text"], use_threads=False))


def seconds_of(work):
    times = []
    for _ in range(5):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main():
    build, *paths = sys.argv[1:]
    rows = [row for path in paths for row in documents(path)]
    table = pa.Table.from_pylist(rows)
    megabytes = sum(len(row["text"].encode()) for row in rows) / 1e6
    print(f"pyarrow {pa.__version__}, {len(rows)} documents, {megabytes:.1f} MB of text")
    with tempfile.TemporaryDirectory() as folder:
        for codec in ["none", "snappy", "zstd", "gzip"]:
            path = pathlib.Path(folder) / f"{codec}.parquet"
            pq.write_table(table, path, compression=codec, row_group_size=10000)
            ours = subprocess.run([f"{build}/src/formats/parquet_bench", path, "text"], check=True,
                                  capture_output=True, text=True).stdout.strip()
            theirs = megabytes / seconds_of(lambda: read_with_pyarrow(path))
            print(f"{codec:8} lucie {ours}; pyarrow {theirs:.1f} MB/s")


if __name__ == "__main__":
    main()
