#!/usr/bin/env python3
"""Golden hashes of the blocks that ggml's quantizers make, with and without importance of columns.

ggml-quants.c of a llama.cpp source tree (that in the sdist of llama-cpp-python 0.3.36 made the
stored file) is compiled as it is with -O2 -ffp-contract=off, and called through ctypes as
llama-quantize calls it. Rows of 768 weights of several distributions come from the counter RNG
(philox.py) by exact float operations, as in src/tensor/encode_test.cpp. Run from the repository's
root:

    python3 tools/make_encode_golden.py --seed 11 --ggml llama.cpp/ggml --out tests/golden
"""

import argparse
import ctypes
import hashlib
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import philox
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

WIDTH, ROWS = 768, 4
TYPES = ("q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "iq4_nl",
         "iq4_xs")


def f32(value):
    return np.float32(value)


def rows(seed):
    """Distribution -> (ROWS, WIDTH)."""
    u = philox.uniform(seed, "encode/values", 4 * WIDTH, index=np.arange(ROWS))
    u = u.reshape(ROWS, WIDTH, 4)
    first, second = u[..., 0], u[..., 1]
    flat = f32(2) * first - f32(1)
    column = np.arange(WIDTH)
    outlier = flat * f32(0.0078125)
    outlier[np.arange(ROWS), 37 * np.arange(ROWS)] = f32(25)
    return {
        "bell": ((first + second) + u[..., 2]) + u[..., 3] - f32(2),
        "heavy": flat / (f32(1.0009765625) - np.abs(flat)),
        "constant": np.full((ROWS, WIDTH), f32(-0.37)),
        "zeros": np.zeros((ROWS, WIDTH), np.float32),
        "outlier": outlier,
        "tiny": flat * f32(2.0**-66),
        "huge": flat * f32(2.0**60),
        "negative": -f32(0.125) - first,
        "positive": f32(0.5) + first,
        "sparse": np.where(second < f32(0.125), flat, f32(0)),
        "uneven": flat * np.exp2(-f32(1) * (column // 16 % 12)).astype(np.float32),
        "integers": np.floor(flat * f32(8)),
    }


def importance(seed):
    u = philox.uniform(seed, "encode/importance", WIDTH)
    weights = u * u
    weights[np.arange(WIDTH) % 5 == 3] = 0
    return weights


def kind(name):
    return GGMLQuantizationType[name.upper()]


def rest_of_ggml():
    """What ggml-quants.c needs of ggml.c."""
    cases = "".join(f"case {kind(name).value}: return n / {GGML_QUANT_SIZES[kind(name)][0]} * "
                    f"{GGML_QUANT_SIZES[kind(name)][1]};\n" for name in TYPES)
    return f"""#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
size_t ggml_row_size(int type, int64_t n) {{ switch (type) {{ {cases} }} abort(); }}
size_t ggml_type_size(int type) {{ abort(); }}
const char *ggml_type_name(int type) {{ abort(); }}
void ggml_abort(const char *file, int line, const char *format, ...) {{ abort(); }}
"""


def build(ggml, folder):
    library, rest = folder / "quants.so", folder / "rest.c"
    rest.write_text(rest_of_ggml())
    subprocess.run(["cc", "-O2", "-ffp-contract=off", "-DNDEBUG", "-w", "-fPIC", "-shared", "-I",
                    ggml / "include", "-I", ggml / "src", ggml / "src/ggml-quants.c", rest, "-lm",
                    "-o", library], check=True)
    return ctypes.CDLL(str(library))


def encode(library, name, values, weights):
    values = np.ascontiguousarray(values, np.float32)
    block, size = GGML_QUANT_SIZES[kind(name)]
    out = np.zeros(values.size // block * size, np.uint8)
    quantize = getattr(library, "quantize_" + (name.upper() if name.endswith("_k") else name)
                       .replace("Q", "q"))
    quantize.restype = ctypes.c_size_t
    written = quantize(values.ctypes.data_as(ctypes.c_void_p),
                       out.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(ROWS),
                       ctypes.c_int64(WIDTH),
                       None if weights is None else weights.ctypes.data_as(ctypes.c_void_p))
    assert written == out.size
    return out.tobytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--ggml", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("tests/golden"))
    arguments = parser.parse_args()

    weights = importance(arguments.seed)
    golden = {"seed": arguments.seed, "width": WIDTH, "rows": ROWS, "types": {}}
    with tempfile.TemporaryDirectory() as folder:
        library = build(arguments.ggml, pathlib.Path(folder))
        for name in TYPES:
            entry = golden["types"][name] = {"plain": {}, "weighted": {}}
            for distribution, values in rows(arguments.seed).items():
                for how, given in (("plain", None), ("weighted", weights)):
                    blocks = encode(library, name, values, given)
                    entry[how][distribution] = hashlib.sha256(blocks).hexdigest()
    (arguments.out / "encoded.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
