#!/usr/bin/env python3
"""SmolLM2-135M-Instruct in lucie, transformers and llama.cpp: the logits of the same weights.

    scripts/get-smollm2.sh models
    tools/check_real_weights.py [--lucie build/bin/lucie] [--model FILE.gguf] [--llama DIR]
                                [--tokens 10000] [--window 2000]

Text: this repository's docs, cut into windows of ids, each fed from position 0 (teacher-forced).
    1. `lucie inspect MODEL --logits OUT.safetensors --ids IDS.json` (IDS.json: one array of ids;
       OUT: tensor "logits", (ids, vocabulary), f32; weights dequantized to f32, cache f32) equals
       transformers with the weights that gguf-py dequantizes: max |a - b| <= 1e-3
    2. with --llama, a folder with node-llama-cpp (see check_gguf.mjs): the likeliest id of lucie (of
       transformers while lucie cannot say) is llama.cpp's wherever it leads by more than 0.2 logit with
       the weights in f32, by more than 0.4 with the file itself, where llama.cpp rounds activations
A lucie without --logits is named at the end.
"""

import argparse
import json
import pathlib
import tempfile

import gguf
import safetensors.torch
import torch
import transformers

import check_gguf
import run_files

# llama.cpp rounds the inputs of quantized products to q8_1 and moves logits by up to 0.37 so; with
# the same weights in f32 it does not.
TOLERANCE, MARGIN, MARGIN_ROUNDED = 1e-3, 0.2, 0.4
ROOT = pathlib.Path(__file__).resolve().parent.parent


def config_of(reader):
    def value(key):
        return reader.get_field("llama." + key).contents()

    return transformers.LlamaConfig(
        vocab_size=value("vocab_size"), hidden_size=value("embedding_length"),
        num_hidden_layers=value("block_count"), intermediate_size=value("feed_forward_length"),
        num_attention_heads=value("attention.head_count"),
        num_key_value_heads=value("attention.head_count_kv"),
        rms_norm_eps=value("attention.layer_norm_rms_epsilon"), rope_theta=value("rope.freq_base"),
        max_position_embeddings=value("context_length"),
        tie_word_embeddings="output.weight" not in [tensor.name for tensor in reader.tensors])


def dequantized_model(path):
    config = config_of(gguf.GGUFReader(path))
    model = transformers.LlamaForCausalLM(config).float()
    state = check_gguf.decoded_state(path, config.to_dict())
    model.load_state_dict(state, strict=not config.tie_word_embeddings)
    return model.eval()


def windows_of(args):
    text = "\n\n".join(path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")))
    ids = json.loads(run_files.lucie(args.lucie, "tokenizer", "encode", args.model, "--json", text=text))
    if len(ids) < args.tokens:
        raise SystemExit(f"the docs have {len(ids)} tokens: ask for fewer with --tokens")
    return [ids[i:i + args.window] for i in range(0, args.tokens, args.window)]


def lucie_logits(args, ids, folder):
    """(ids, vocabulary), or None where lucie has no such flag."""
    if "--logits" not in run_files.lucie(args.lucie, "inspect", "--help"):
        return None
    out, listed = folder / "logits.safetensors", folder / "ids.json"
    listed.write_text(json.dumps(ids))
    out.unlink(missing_ok=True)
    run_files.lucie(args.lucie, "inspect", args.model, "--logits", out, "--ids", listed, "-q")
    return safetensors.torch.load_file(out)["logits"]


def check_logits(report, args, windows, model, folder):
    """The likeliest ids and their lead, of each window, and whose they are."""
    worst, tops, name = 0.0, [], "transformers"
    for ids in windows:
        with torch.no_grad():
            best = exact = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
        ours = lucie_logits(args, ids, folder)
        if ours is not None:
            worst, best, name = max(worst, float((ours - exact).abs().max())), ours, "lucie"
        two = best.topk(2)
        tops.append((two.indices[:, 0], two.values[:, 0] - two.values[:, 1]))
    if name == "lucie":
        report.check(worst <= TOLERANCE, f"{sum(map(len, windows))} positions: logits differ from "
                                         f"transformers' by at most {worst:.1e} of {TOLERANCE:.0e}")
    else:
        report.note("missing: lucie inspect --logits")
    return tops, name


def check_tops(report, args, path, windows, exact, name, margin):
    """exact: (likeliest ids, their lead) of each window."""
    answer = check_gguf.ask_llama(args, path, windows=windows, tops=True)
    report.check(not answer["said"], f"{path.name} loads in llama.cpp {answer['said'] or ''}")
    theirs = torch.cat([torch.tensor(tops) for tops in answer["tops"]])
    ours = torch.cat([ids[:-1] for ids, _ in exact])
    lead = torch.cat([values[:-1] for _, values in exact])
    clear, other = lead > margin, theirs != ours
    leads = [f"{value:.2f}" for value in sorted(lead[clear & other].tolist(), reverse=True)]
    report.check(not leads,
                 f"{path.name}: {int((clear & ~other).sum())} of {int(clear.sum())} likeliest ids that lead "
                 f"by more than {margin} in {name} are llama.cpp's; {int((~other).sum())} of all {len(other)}"
                 + (f"; others lead by {', '.join(leads[:10])}" if leads else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lucie", default="build/bin/lucie", help="the binary")
    parser.add_argument("--model", type=pathlib.Path,
                        default=ROOT / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf")
    parser.add_argument("--llama", help="folder with node_modules/node-llama-cpp")
    parser.add_argument("--tokens", type=int, default=10000)
    parser.add_argument("--window", type=int, default=2000)
    args = parser.parse_args()
    if not args.model.exists():
        raise SystemExit(f"{args.model} is not there: run scripts/get-smollm2.sh {args.model.parent}")
    torch.set_num_threads(1)
    report = run_files.Report()
    windows, model = windows_of(args), dequantized_model(args.model)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        tops, name = check_logits(report, args, windows, model, folder)
        if args.llama:
            wide = folder / "f32.gguf"
            run_files.lucie(args.lucie, "convert", args.model, "--out", wide, "--type", "f32", "-q")
            for path, margin in ((wide, MARGIN), (args.model, MARGIN_ROUNDED)):
                check_tops(report, args, path, windows, tops, name, margin)
        else:
            report.note("llama.cpp not asked: --llama names a folder with node-llama-cpp")
    report.finish()


if __name__ == "__main__":
    main()
