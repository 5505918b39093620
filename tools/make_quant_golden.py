#!/usr/bin/env python3
"""Golden bytes of the quantized blocks, from the numpy quantizers of gguf-py.

Values come from the counter RNG (philox.py) on both sides, 32 to a block, block b scaled by
2^(b % 16 - 12); four odd blocks follow: zeros, one constant, alternating signs, a ramp. Run from
the repository's root:

    python3 tools/make_quant_golden.py --seed 7 --out tests/golden
"""

import argparse
import json
import pathlib

import numpy as np
import philox
from gguf import GGMLQuantizationType, quants

BLOCKS = 60
TYPES = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")


def values(seed):
    drawn = philox.uniform(seed, "quants", 32, index=np.arange(BLOCKS))
    scale = np.exp2(np.arange(BLOCKS) % 16 - 12.0).astype(np.float32)
    ramp = np.arange(32, dtype=np.float32)
    odd = [np.zeros(32), np.full(32, 0.75), 1 - 2 * (ramp % 2), (ramp - 16) / 8]
    return np.concatenate([(2 * drawn - 1) * scale[:, None], np.float32(odd)]).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("tests/golden"))
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


if __name__ == "__main__":
    main()
