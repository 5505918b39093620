#!/usr/bin/env python3
"""The GGUF files of a run in gguf-py and llama.cpp.

    tools/check_gguf.py --run runs/tiny [--lucie build/bin/lucie] [--llama DIR] [--share 0.1]

1. RUN/instruct's weights are the last checkpoint's fp32 masters, rounded; every tensor of the GGUFs
   is bit-equal to gguf-py's quantization of the same masters, the rows of q and k in the order that
   llama.cpp's rotary embedding wants.
2. With --llama, a folder with node-llama-cpp (see check_gguf.mjs): each file loads in llama.cpp
   without a warning. Held-out documents, as ids: llama.cpp's bits per byte beside those of
   transformers with the file's weights decoded, and with --share 1 beside RUN/eval/eval.json.
   An f32 file, written for this, must agree to 0.1 %, a quantized one to 1 % (llama.cpp rounds the
   activations of quantized products too).
3. The share of held-out lines that llama.cpp cuts into the same tokens: reported, since GGUF has no
   place for Lucie's normalizer (docs/guides/check-it-yourself.md).
"""

import argparse
import json
import math
import pathlib
import random
import re
import subprocess
import tempfile

import gguf
import numpy as np
import safetensors.torch
import tokenizers
import torch
import transformers

import check_bits_per_byte
import run_files

MODULES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
           "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
           "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm",
           "ffn_norm": "post_attention_layernorm"}
OUTER = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
         "output.weight": "lm_head.weight"}


def hf_name(name):
    if name in OUTER:
        return OUTER[name]
    layer, kind = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", name).groups()
    return f"model.layers.{layer}.{MODULES[kind]}.weight"


def heads_of(name, config):
    """Heads of which each has rows to be put in pairs; 0: rows stay."""
    if ".attn_q." in name:
        return config["num_attention_heads"]
    return config["num_key_value_heads"] if ".attn_k." in name else 0


def to_pairs(weights, heads):  # (head, half, i) -> (head, i, half)
    rows, columns = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def to_halves(weights, heads):
    rows, columns = weights.shape
    return weights.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def masters_of(report, directory, rounded):
    """fp32 weights of the last step of fine-tuning, which the released files are made of."""
    last = sorted((directory.resolve().parent / "checkpoints").glob("step-*"))[-1]
    masters = safetensors.torch.load_file(last / "model.safetensors")
    wrong = [name for name, value in masters.items()
             if not torch.equal(value.to(rounded[name].dtype), rounded[name])]
    report.check(set(masters) == set(rounded) and not wrong,
                 f"{directory.name}: {len(rounded)} tensors are those of {last.name}, rounded "
                 f"{', '.join(wrong[:3])}")
    return masters


def check_bits(report, path, weights, config):
    reader = gguf.GGUFReader(path)
    wrong, kinds = [], set()
    for tensor in reader.tensors:
        values = weights[hf_name(tensor.name)].float().numpy()
        heads = heads_of(tensor.name, config)
        values = to_pairs(values, heads) if heads else values
        expected = gguf.quants.quantize(values, tensor.tensor_type)
        kinds.add(tensor.tensor_type.name)
        if expected.tobytes() != tensor.data.tobytes():
            same = (expected.view(np.uint8).ravel() == np.frombuffer(tensor.data.tobytes(), np.uint8))
            wrong.append(f"{tensor.name}: {same.size - same.sum()} of {same.size} bytes differ")
    names = {hf_name(tensor.name) for tensor in reader.tensors}
    report.check(not wrong and names == set(weights),
                 f"{path.name}: {len(reader.tensors)} tensors ({', '.join(sorted(kinds))}) "
                 f"bit-equal to gguf-py {'; '.join(wrong[:3])}")


def decoded_state(path, config):
    """The file's weights in f32, under the names and in the order of Hugging Face."""
    state = {}
    for tensor in gguf.GGUFReader(path).tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        heads = heads_of(tensor.name, config)
        state[hf_name(tensor.name)] = torch.from_numpy(
            np.array(to_halves(values, heads) if heads else values, np.float32))
    return state


def decoded_model(path, directory, config):
    """transformers with the file's weights."""
    model = transformers.AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    model.load_state_dict(decoded_state(path, config), strict=False)
    return model.eval()


def ask_llama(args, path, **request):
    script = pathlib.Path(__file__).with_suffix(".mjs")
    done = subprocess.run(["node", script, args.llama], capture_output=True, text=True, check=False,
                          input=json.dumps({"model": str(path.resolve()), **request}))
    if done.returncode:
        raise RuntimeError(f"llama.cpp: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def check_losses(report, args, path, model, documents, answer, tolerance):
    size = sum(size for _, size, _ in documents)
    theirs = sum(answer["losses"]) / math.log(2) / size
    expected = check_bits_per_byte.score(model, documents)["all"][0] / math.log(2) / size
    apart = theirs / expected - 1
    report.check(abs(apart) <= tolerance,
                 f"{path.name}: {theirs:.5f} bits per byte in llama.cpp, {expected:.5f} in transformers "
                 f"with its weights ({apart:+.3%}); {len(documents)} documents, {size} bytes")
    kind = path.stem.rsplit("-", 1)[-1]
    evaluation = json.loads((args.run / "eval/eval.json").read_text()).get(kind)
    if args.share >= 1 and evaluation:
        ours = evaluation["bits_per_byte"]["all"]["bits_per_byte"]
        report.check(abs(theirs / ours - 1) <= tolerance,
                     f"{path.name}: {ours:.5f} in eval.json ({ours / theirs - 1:+.3%} to llama.cpp)")


def check_lines(report, args, tokenizer, path, lines):
    ours = [tokenizer.encode(line, add_special_tokens=False).ids for line in lines]
    # With the normalizer's work done beforehand, what is left is the merging.
    ready = [tokenizer.normalizer.normalize_str(line)[1:].replace("\u2581", " ") for line in lines]
    for name, texts in (("as they stand", lines), ("normalized beforehand", ready)):
        theirs = ask_llama(args, path, lines=texts)["lines"]
        same = sum(a == b for a, b in zip(ours, theirs))
        report.note(f"{same} of {len(lines)} held-out lines, {name}, have the same tokens in llama.cpp "
                    f"({same / len(lines):.1%}; {sum(map(len, theirs))} tokens for our "
                    f"{sum(map(len, ours))})")
        for line, a, b in zip(lines, ours, theirs):
            if a != b:
                at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
                report.note(f"for example {line[:60]!r}: "
                            f"ours {[tokenizer.id_to_token(i) for i in a][at:at + 6]}, "
                            f"theirs {[tokenizer.id_to_token(i) for i in b][at:at + 6]}")
                break


def main():
    parser = run_files.add_arguments(
        argparse.ArgumentParser(description=__doc__.splitlines()[0]), binary=True)
    parser.add_argument("--llama", help="folder with node_modules/node-llama-cpp")
    parser.add_argument("--share", type=float, default=0.1, help="of the held-out documents")
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    report = run_files.Report()
    directory = args.run / "instruct"
    config = json.loads((directory / "config.json").read_text())
    rounded = safetensors.torch.load_file(directory / "model.safetensors")
    masters = masters_of(report, directory, rounded)
    files = sorted((args.run / "gguf").glob("*.gguf"))
    with tempfile.TemporaryDirectory() as folder:
        wide = pathlib.Path(folder) / "model-f32.gguf"
        run_files.lucie(args.lucie, "convert", directory, "--out", wide, "--type", "f32", "-q")
        for path in files:
            check_bits(report, path, masters, config)
        check_bits(report, wide, rounded, config)
        if not args.llama:
            report.note("llama.cpp not asked: --llama names a folder with node-llama-cpp")
            report.finish()
        documents = list(check_bits_per_byte.held_out(args.run, args.share, args.seed))
        window = config["max_position_embeddings"]
        windows = [ids[i:i + window + 1] for _, _, ids in documents
                   for i in range(0, len(ids) - 1, window)]
        tokenizer = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
        tokenizer.encode_special_tokens = True
        pool = [line for d in run_files.documents(args.run, "holdout")
                for line in d["text"].split("\n") if line.strip()]
        lines = random.Random(args.seed).sample(pool, min(1000, len(pool)))
        for path in [*files, wide]:
            answer = ask_llama(args, path, windows=windows)
            report.check(not answer["said"], f"{path.name} loads in llama.cpp {answer['said'] or ''}")
            check_losses(report, args, path, decoded_model(path, directory, config), documents,
                         answer, 0.001 if path == wide else 0.01)
        check_lines(report, args, tokenizer, wide, lines)
    report.finish()


if __name__ == "__main__":
    main()
