#!/usr/bin/env python3
"""Golden table of the type that llama-quantize gives each tensor: shapes x file types.

Files are headers only (their data is a hole); llama-quantize --dry-run prints what it would do. The
stored table is that of the llama.cpp in llama-cpp-python 0.3.36. Run from the repository's root:

    python3 tools/make_mixture_golden.py --llama-quantize BIN --out tests/golden
"""

import argparse
import json
import pathlib
import re
import struct
import subprocess
import tempfile

import gguf
import numpy as np

TYPES = ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S", "Q3_K_M",
         "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ4_NL", "IQ4_XS")


def llama(layers, width, ffn, heads, kv_heads, tied, name="llama"):
    return {"model_type": name, "num_hidden_layers": layers, "hidden_size": width,
            "intermediate_size": ffn, "num_attention_heads": heads, "num_key_value_heads": kv_heads,
            "vocab_size": 512, "tie_word_embeddings": tied, "rms_norm_eps": 1e-5}


def falcon(layers, width, heads):
    return {"model_type": "falcon", "num_hidden_layers": layers, "hidden_size": width,
            "num_attention_heads": heads, "multi_query": True, "parallel_attn": True,
            "new_decoder_architecture": False, "bias": False, "alibi": False, "vocab_size": 512,
            "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True}


SHAPES = {
    "smollm2-135m": llama(30, 576, 1536, 9, 3, True),
    "lucie-7b": llama(32, 4096, 12288, 32, 8, False),
    "llama-70b": llama(80, 8192, 28672, 64, 8, False),
    "odd": llama(9, 80, 336, 5, 5, False),
    "falcon-7b": falcon(32, 4544, 71),
    "falcon-whole": falcon(24, 2048, 32),
    "pythia-1b": {"model_type": "gpt_neox", "num_hidden_layers": 16, "hidden_size": 2048,
                  "intermediate_size": 8192, "num_attention_heads": 8, "vocab_size": 512,
                  "layer_norm_eps": 1e-5, "use_parallel_residual": True,
                  "tie_word_embeddings": False},
    "olmo2-1b": llama(16, 2048, 8192, 16, 16, False, "olmo2"),
}
ARCHITECTURES = {"llama": "llama", "falcon": "falcon", "gpt_neox": "gptneox", "olmo2": "olmo2"}


def matrices(config):
    """Name with {} for the layer -> (rows, columns)."""
    width, heads = config["hidden_size"], config["num_attention_heads"]
    ffn = config.get("intermediate_size", 4 * width)
    kv = width // heads * config.get("num_key_value_heads", 1)
    names = {"token_embd": (512, width)}
    if not config["tie_word_embeddings"]:
        names["output"] = (512, width)
    if config["model_type"] in ("llama", "olmo2"):
        names |= {"blk.{}.attn_q": (width, width), "blk.{}.attn_k": (kv, width),
                  "blk.{}.attn_v": (kv, width), "blk.{}.ffn_gate": (ffn, width)}
    else:
        fused = 3 * width if config["model_type"] == "gpt_neox" else width + 2 * kv
        names["blk.{}.attn_qkv"] = (fused, width)
    return names | {"blk.{}.attn_output": (width, width), "blk.{}.ffn_up": (ffn, width),
                    "blk.{}.ffn_down": (width, ffn)}


def write_header(path, config):
    writer = gguf.GGUFWriter(str(path), ARCHITECTURES[config["model_type"]])
    width, heads = config["hidden_size"], config["num_attention_heads"]
    neox = config["model_type"] == "gpt_neox"
    writer.add_context_length(64)
    writer.add_embedding_length(width)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config.get("intermediate_size", 4 * width))
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.get("num_key_value_heads", heads if neox else 1))
    writer.add_rope_dimension_count(width // heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_layer_norm_eps(1e-5)
    writer.add_parallel_residual(True)
    for name, shape in matrices(config).items():
        for layer in range(config["num_hidden_layers"] if "{}" in name else 1):
            writer.add_tensor_info(name.format(layer) + ".weight", shape, np.dtype(np.float32),
                                   int(np.prod(shape)) * 4)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    size = sum(int(np.prod(shape)) * 4 * (config["num_hidden_layers"] if "{}" in name else 1)
               for name, shape in matrices(config).items())
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size + size + (1 << 20))


def write_imatrix(path):
    name = b"blk.0.ffn_up.weight"
    path.write_bytes(struct.pack("<ii", 1, len(name)) + name + struct.pack("<iif", 1, 1, 1.0))


def runs(types):
    """["a", "a", "b"] -> "2 a, 1 b"."""
    groups = []
    for name in types:
        if groups and groups[-1][1] == name:
            groups[-1][0] += 1
        else:
            groups.append([1, name])
    return ", ".join(f"{count} {name}" for count, name in groups)


def chosen(binary, path, kind, extra):
    output = subprocess.run([binary, "--dry-run", *extra, path, kind], capture_output=True,
                            text=True, check=True)
    types = {}
    pattern = r"\] +(\S+) +- \[.*?\], type = +(\S+), size = .*?(?:-> .*?\((\S+)\))?$"
    for name, old, new in re.findall(pattern, output.stdout + output.stderr, re.MULTILINE):
        types[name.removesuffix(".weight")] = (new or old).lower()
    return types


def table(binary, path, config, kind, extra):
    types = chosen(binary, path, kind, extra)
    layers = range(config["num_hidden_layers"])
    return {name.removeprefix("blk.{}."): runs([types[name.format(i)] for i in
                                                (layers if "{}" in name else [0])])
            for name in matrices(config)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--llama-quantize", required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("tests/golden"))
    parser.add_argument("--seed", type=int, help="nothing is drawn; as every golden script")
    arguments = parser.parse_args()

    golden = {}
    with tempfile.TemporaryDirectory() as folder:
        imatrix = pathlib.Path(folder) / "imatrix.dat"
        write_imatrix(imatrix)
        for shape, config in SHAPES.items():
            path = pathlib.Path(folder) / f"{shape}.gguf"
            write_header(path, config)
            entry = golden[shape] = {"config": config, "plain": {}, "weighted": {}}
            for kind in TYPES:
                entry["plain"][kind] = table(arguments.llama_quantize, path, config, kind, [])
                weighted = table(arguments.llama_quantize, path, config, kind,
                                 ["--imatrix", imatrix])
                if weighted != entry["plain"][kind]:  # else by the same table
                    entry["weighted"][kind] = weighted
    (arguments.out / "mixtures.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
