#!/usr/bin/env python3
"""Writes tests/golden/formats/: small files made by the reference writers of each format.

    tools/make_formats_golden.py [--seed 42] [--out tests/golden/formats]

The packages safetensors, gguf and tensorboard write; src/formats must read the same values and
write the same bytes. Element i of tensor t is ((7 i + 31 t + 13 seed) mod 251 - 125) / 8, exact in
every floating type, so that the tests need nothing but the seed, which stands in the metadata.
"""

import argparse
import json
import pathlib
import struct

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c


def values(seed, index, shape):
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((7 * i + 31 * index + 13 * seed) % 251 - 125) / 8).astype(np.float32).reshape(shape)


def write_safetensors(path, seed):
    # Declared in the order of the reference writer: wide types first, then by name.
    tensors = {
        "ids": torch.from_numpy(values(seed, 0, (3,))).mul(8).to(torch.int32),
        "a.weight": torch.from_numpy(values(seed, 1, (2, 3))),
        "empty": torch.zeros((0, 4)),
        "scalar": torch.from_numpy(values(seed, 2, ())),
        "b.weight": torch.from_numpy(values(seed, 3, (2, 1, 3))).to(torch.bfloat16),
        "c.weight": torch.from_numpy(values(seed, 4, (5,))).to(torch.float16),
    }
    save_file(tensors, path, metadata={"seed": str(seed)})


def write_gguf(path, seed, alignment):
    writer = gguf.GGUFWriter(str(path), "llama")
    if alignment != gguf.GGUF_DEFAULT_ALIGNMENT:
        writer.add_custom_alignment(alignment)
    writer.add_uint64("test.seed", seed)
    writer.add_uint8("test.u8", 200)
    writer.add_int8("test.i8", -100)
    writer.add_uint16("test.u16", 60000)
    writer.add_int16("test.i16", -30000)
    writer.add_uint32("test.u32", 4000000000)
    writer.add_int32("test.i32", -2000000000)
    writer.add_int64("test.i64", -(2**62))
    writer.add_float32("test.f32", 0.25)
    writer.add_float64("test.f64", 0.1)
    writer.add_bool("test.bool", True)
    writer.add_string("test.string", "d\u00e9j\u00e0 vu")
    writer.add_array("test.strings", ["", "a", "\u4e2d"])
    writer.add_array("test.i32s", [1, -2, 3])
    writer.add_array("test.f32s", [0.5, -1.5])
    writer.add_array("test.bools", [True, False])
    writer.add_tensor("a.weight", values(seed, 1, (2, 3)))
    writer.add_tensor("b.weight", values(seed, 2, (5,)).astype(np.float16))
    quantized = gguf.quants.quantize(values(seed, 3, (3, 64)), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("c.weight", quantized, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("d.weight", values(seed, 4, (2, 2, 2)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_gguf_types(path, blocks):
    """One tensor of each quantized type, of the blocks that make_quant_golden.py has decoded."""
    writer = gguf.GGUFWriter(str(path), "llama")
    for name, golden in blocks["types"].items():
        kind = gguf.GGMLQuantizationType[name.upper()]
        data = np.frombuffer(bytes.fromhex(golden["blocks"]), np.uint8)
        writer.add_tensor(name, data.reshape(1, -1), raw_dtype=kind)
    foreign = np.zeros((1, 110), np.uint8)
    writer.add_tensor("iq3_s", foreign, raw_dtype=gguf.GGMLQuantizationType.IQ3_S)
    writer.add_tensor("i64", np.arange(3, dtype=np.int64))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_split_gguf(path, seed):
    writer = gguf.GGUFWriter(str(path), "llama", split_max_tensors=2)
    for index in range(1, 6):
        writer.add_tensor(f"t{index}", values(seed, index, (2, 3)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_foreign_safetensors(path, seed):
    save_file({"w": torch.from_numpy(values(seed, 1, (2, 3))),
               "mask": torch.ones(1, 1, 4, 4).bool(), "ids": torch.arange(5), "f64": torch.ones(2, dtype=torch.float64)}, path)


def write_tfevents(path, seed):
    events = [Event(wall_time=0.0, file_version="brain.Event:2")]
    points = [("train/loss", 1, 2.5 + seed), ("train/loss", 200, -0.125), ("lr", 70000, 1e-3)]
    for index, (tag, step, value) in enumerate(points):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        events.append(Event(wall_time=1.5 * index, step=step, summary=summary))
    out = b""
    for event in events:
        payload = event.SerializeToString(deterministic=True)
        length = struct.pack("<Q", len(payload))
        out += length + struct.pack("<I", masked_crc32c(length))
        out += payload + struct.pack("<I", masked_crc32c(payload))
    path.write_bytes(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=42)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests/golden/formats")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    write_safetensors(args.out / "reference.safetensors", args.seed)
    write_gguf(args.out / "reference.gguf", args.seed, 32)
    write_gguf(args.out / "reference_aligned64.gguf", args.seed, 64)
    blocks = json.loads((args.out.parent / "block_values.json").read_text())
    write_gguf_types(args.out / "types.gguf", blocks)
    write_split_gguf(args.out / "split.gguf", args.seed)
    write_foreign_safetensors(args.out / "foreign.safetensors", args.seed)
    write_tfevents(args.out / "reference.tfevents", args.seed)
    (args.out / "seed").write_text(f"{args.seed}\n")


if __name__ == "__main__":
    main()
