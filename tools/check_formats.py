#!/usr/bin/env python3
"""Reads files that lucie wrote with the reference readers of their formats, and says what it saw.

    tools/check_formats.py runs/tiny/release runs/tiny/gguf runs/tiny/tokens runs/tiny/tensorboard

Takes files and folders (searched for .safetensors, .gguf, .pt, .idx and events.out.tfevents.*);
needs the packages safetensors, gguf, torch, tensorboard and numpy. Ends with 1 when a file cannot be read or
holds a value that is not finite. --seed picks the documents and tensors that are looked into.
"""

import argparse
import pathlib
import random
import struct
import sys

import numpy as np


def check_safetensors(path, draw):
    import torch
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        names = list(file.keys())
        for name in draw.sample(names, min(8, len(names))):
            tensor = file.get_tensor(name)
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise ValueError(f"{name} is not finite")
        return f"{len(names)} tensors, metadata {file.metadata()}"


def check_gguf(path, draw):
    import gguf

    reader = gguf.GGUFReader(path)
    for tensor in draw.sample(reader.tensors, min(8, len(reader.tensors))):
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        if not np.isfinite(values).all():
            raise ValueError(f"{tensor.name} is not finite")
    kinds = sorted({tensor.tensor_type.name for tensor in reader.tensors})
    return f"{len(reader.tensors)} tensors of {', '.join(kinds)}, {len(reader.fields)} fields"


def check_torch(path, draw):
    import torch

    with torch.serialization.safe_globals([argparse.Namespace]):
        state = torch.load(path, weights_only=True)
    tensors = {name: value for name, value in state.items() if torch.is_tensor(value)}
    for name in draw.sample(sorted(tensors), min(8, len(tensors))):
        if tensors[name].is_floating_point() and not torch.isfinite(tensors[name]).all():
            raise ValueError(f"{name} is not finite")
    return f"{len(tensors)} tensors, {len(state) - len(tensors)} other values"


def check_indexed_dataset(path, draw):
    data = path.read_bytes()
    if data[:9] != b"MMIDIDX\0\0" or struct.unpack_from("<Q", data, 9) != (1,):
        raise ValueError("not an indexed dataset, version 1")
    dtype = {4: np.dtype("<i4"), 8: np.dtype("<u2")}[data[17]]
    sequences, entries = struct.unpack_from("<QQ", data, 18)
    sizes = np.frombuffer(data, "<i4", sequences, 34)
    pointers = np.frombuffer(data, "<i8", sequences, 34 + 4 * sequences)
    documents = np.frombuffer(data, "<i8", entries, 34 + 12 * sequences)
    if entries != sequences + 1 or not (documents == np.arange(entries)).all():
        raise ValueError("the document index is not 0, 1, ... n")
    tokens = np.memmap(path.with_suffix(".bin"), dtype, "r") if sizes.sum() else np.zeros(0, dtype)
    ends = sizes.astype(np.int64).cumsum()
    if tokens.size != (ends[-1] if sequences else 0):
        raise ValueError(".bin and .idx differ in the number of tokens")
    for i in draw.sample(range(sequences), min(1000, sequences)):
        if pointers[i] != (ends[i] - sizes[i]) * dtype.itemsize:
            raise ValueError(f"pointer of document {i}")
    return f"{sequences} documents, {tokens.size} tokens of {dtype}"


def check_tfevents(path, draw):
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    events = list(EventFileLoader(str(path)).Load())
    tags = sorted({value.tag for event in events for value in event.summary.value})
    if not events or events[0].file_version != "brain.Event:2":
        raise ValueError("no version event")
    return f"{len(events)} events of {', '.join(tags)}"


CHECKS = {
    "*.safetensors": check_safetensors,
    "*.gguf": check_gguf,
    "*.pt": check_torch,
    "*.idx": check_indexed_dataset,
    "events.out.tfevents.*": check_tfevents,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    seen = failed = 0
    for root in args.paths:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            for pattern, check in CHECKS.items():
                if not file.match(pattern):
                    continue
                seen += 1
                try:
                    print(f"{file}: {check(file, draw)}")
                except Exception as error:  # whatever a reference reader throws
                    failed += 1
                    print(f"{file}: FAILED: {error!r}")
    if seen == 0:
        print("nothing to check")
    sys.exit(1 if failed or seen == 0 else 0)


if __name__ == "__main__":
    main()
