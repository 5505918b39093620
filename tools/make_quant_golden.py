#!/usr/bin/env python3
"""Golden bytes of the quantized blocks, and what blocks decode to, from the numpy code of gguf-py.

quants.json, what values encode to. Values come from the counter RNG (philox.py) on both sides, 32 to a block, block b scaled by
2^(b % 16 - 12); four odd blocks follow: zeros, one constant, alternating signs, a ramp.

block_values.json, what blocks decode to: random bytes in which only the f16 scales are kept finite,
and the bits of their values. With --ggml, a folder with llama.cpp's libggml-base.so, its compiled
decoders must give the same bits. Run from the repository's root:

    python3 tools/make_quant_golden.py --seed 7 --out tests/golden
"""

import argparse
import ctypes
import json
import pathlib

import numpy as np
import philox
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

BLOCKS = 60
TYPES = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")
# Types to decode, with the places of the f16 numbers in a block.
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "IQ4_NL": [0],
          "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
          "IQ4_XS": [0]}
WEIGHTS = 1024  # of each type


def values(seed):
    drawn = philox.uniform(seed, "quants", 32, index=np.arange(BLOCKS))
    scale = np.exp2(np.arange(BLOCKS) % 16 - 12.0).astype(np.float32)
    ramp = np.arange(32, dtype=np.float32)
    odd = [np.zeros(32), np.full(32, 0.75), 1 - 2 * (ramp % 2), (ramp - 16) / 8]
    return np.concatenate([(2 * drawn - 1) * scale[:, None], np.float32(odd)]).astype(np.float32)


def random_blocks(seed, name):
    weights, size = GGML_QUANT_SIZES[GGMLQuantizationType[name]]
    count = WEIGHTS // weights
    drawn = philox.words(seed, f"blocks/{name}", size, index=np.arange(count))
    blocks = (drawn & 255).astype(np.uint8)
    for at in SCALES[name]:
        exponent = blocks[:, at + 1] >> 2 & 31
        blocks[exponent == 31, at + 1] ^= 4
    blocks[0, SCALES[name][0] + 1] &= 0x83  # subnormal
    return blocks


def ggml_values(folder, name, blocks):
    library = ctypes.CDLL(str(folder / "libggml-base.so"))
    values = np.empty(WEIGHTS, np.float32)
    function = getattr(library, "dequantize_row_" + name.lower().replace("_k", "_K"))
    function(blocks.ctypes.data_as(ctypes.c_void_p), values.ctypes.data_as(ctypes.c_void_p),
             ctypes.c_int64(WEIGHTS))
    return values


def decoding(seed, ggml):
    golden = {}
    for name in SCALES:
        blocks = random_blocks(seed, name)
        decoded = quants.dequantize(blocks, GGMLQuantizationType[name]).astype(np.float32).ravel()
        if ggml and ggml_values(ggml, name, blocks).tobytes() != decoded.tobytes():
            raise SystemExit(f"{name}: ggml's compiled decoder gives other bits than gguf-py")
        golden[name.lower()] = {"blocks": blocks.tobytes().hex(), "values": decoded.tobytes().hex()}
    return {"seed": seed, "types": golden}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("tests/golden"))
    parser.add_argument("--ggml", type=pathlib.Path)
    arguments = parser.parse_args()

    blocks = values(arguments.seed)
    golden = {"seed": arguments.seed, "blocks": BLOCKS}
    for name in TYPES:
        kind = GGMLQuantizationType[name]
        encoded = quants.quantize(blocks, kind)
        decoded = quants.dequantize(encoded, kind).astype(np.float32)
        golden[name.lower()] = {
            "encoded": encoded.tobytes().hex(),
            # Each weight by its position, so that no two may be exchanged.
            "decoded_dot": float(decoded.astype(np.float64).ravel() @ np.arange(1.0, decoded.size + 1)),
        }
    (arguments.out / "quants.json").write_text(json.dumps(golden, indent=1) + "\n")
    values_of_blocks = decoding(arguments.seed, arguments.ggml)
    (arguments.out / "block_values.json").write_text(json.dumps(values_of_blocks, indent=1) + "\n")


if __name__ == "__main__":
    main()
