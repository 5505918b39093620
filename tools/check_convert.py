#!/usr/bin/env python3
"""Round trips of `lucie convert` for tiny random models of every family and variant.

    tools/check_convert.py [--lucie build/bin/lucie] [--only NAME ...] [--llama DIR] [--seed 7]

The models are those of family_models.py with a byte-level vocabulary. Each is written as transformers
writes it: one safetensors file with the config in its published spelling, small shards with the config
of today, and pytorch_model.bin by torch.save (CrystalCoder with the masks of its published files).
    1. each form -> GGUF f32: equal tensors from all three; gguf-py finds each tensor under the name that
       its own map gives and bit-equal, rows of q, k and fused qkv in llama.cpp's order
    2. GGUF -> Hugging Face: weights bit-equal, loads in transformers without a warning, equal logits
    3. Hugging Face -> shards (--max-shard-size): the same, and every shard small
    4. Hugging Face -> Megatron universal checkpoint -> Hugging Face (llama): the same
    5. with --llama, a folder with node-llama-cpp (see check_gguf.mjs): llama.cpp's loss on random ids
       equals transformers', for what llama.cpp can compute
What lucie's `convert` does not offer is named at the end.
"""

import argparse
import copy
import dataclasses
import json
import math
import pathlib
import subprocess
import tempfile

import gguf
import numpy as np
import safetensors.torch
import tokenizers
import torch
import transformers

import check_gguf
import check_hf_export
import crystalcoder_reference
import family_models
import run_files

VOCABULARY = 288
ARCHITECTURES = {"llama": "llama", "falcon": "falcon", "gpt_neox": "gptneox", "olmo2": "olmo2"}
# llama.cpp knows neither these positions, residuals and absent biases, nor exact GELU.
NOT_IN_LLAMA_CPP = {"llama_rope_dynamic", "falcon_rw_1b", "falcon_sequential", "falcon_mha",
                    "neox_nobias", "crystalcoder", "crystalcoder_plain"}
LLAMA_CPP_TOLERANCE = 5e-4  # of the loss: keys and values in f16, GELU by a table in f16
ACTIVATION_KEYS = {"gpt_neox": "hidden_act", "falcon": "activation", "RefinedWebModel": "activation",
                   "RefinedWeb": "activation"}


def sized(variant):
    """With more ids, and more positions than the 256 that llama.cpp's context has at least."""
    config = copy.deepcopy(variant.config) | {"vocab_size": VOCABULARY}
    scaling = config.get("rope_scaling") or {}
    if "max_position_embeddings" in config and scaling.get("type") != "dynamic":
        longer = 512 // config["max_position_embeddings"]
        config["max_position_embeddings"] *= longer
        if scaling.get("rope_type") == "yarn":
            scaling["original_max_position_embeddings"] *= longer
    return dataclasses.replace(variant, config=config)


def special_tokens(config):
    """{role: token}; equal ids are one token. llama.cpp knows the end by this name."""
    names = {config.get("pad_token_id"): "<|padding|>", config.get("bos_token_id"): "<|begin|>",
             config.get("eos_token_id"): "<|endoftext|>"}
    return {role: names[config[role + "_id"]] for role in ("bos_token", "eos_token", "pad_token")
            if config.get(role + "_id") is not None}


def make_tokenizer(config):
    """Bytes, as GPT-2 spells them, some merges, and the config's special ids."""
    roles = special_tokens(config)
    special = {config[role + "_id"]: token for role, token in roles.items()}
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    pairs = [("t", "h"), ("i", "n"), ("e", "r"), ("a", "n"), ("o", "n"), ("r", "e")]
    pairs += [("\u0120", chr(letter)) for letter in range(ord("a"), ord("z") + 1)]
    merges = pairs[:VOCABULARY - len(alphabet) - len(special)]
    rest = iter(alphabet + [a + b for a, b in merges])
    vocabulary = {special.get(i) or next(rest): i for i in range(VOCABULARY)}
    made = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, merges))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **roles)


def published_state(model):
    if isinstance(model, crystalcoder_reference.CrystalCoder):
        return crystalcoder_reference.published_state(model)
    return {name: value.detach() for name, value in family_models.published_names(model).items()}


def write_forms(variant, model, folder):
    """{form: directory}"""
    state = published_state(model)
    forms = {"safetensors": folder / "one", "bin": folder / "bin"}
    if variant.config["model_type"] in ARCHITECTURES:
        forms["shards"] = folder / "shards"
        model.save_pretrained(forms["shards"], max_shard_size="20KB")
    for directory in forms.values():
        make_tokenizer(variant.config).save_pretrained(directory)
    for form in ("safetensors", "bin"):
        (forms[form] / "config.json").write_text(json.dumps(variant.config, indent=2))
    safetensors.torch.save_file({n: v.contiguous().clone() for n, v in state.items()},
                                forms["safetensors"] / "model.safetensors", metadata={"format": "pt"})
    torch.save(state, forms["bin"] / "pytorch_model.bin")
    return forms


def read_directory(directory):
    state = {}
    for path in sorted(directory.glob("*.safetensors")):
        state |= safetensors.torch.load_file(path)
    return state


def wanted_tensors(model):
    return {name: value.detach() for name, value in family_models.published_names(model).items()}


def different(found, wanted):
    """What is missing, too much or not bit-equal. A tied head and mask buffers may come or not."""
    free = ("lm_head.weight", "embed_out.weight", ".attn.bias", ".attn.masked_bias")
    names = [f"missing {n}" for n in wanted if n not in found]
    names += [f"unknown {n}" for n in found if n not in wanted and not n.endswith(free)]
    return names + [n for n in wanted if n in found and not (
        found[n].dtype == wanted[n].dtype and torch.equal(found[n], wanted[n]))]


def make_ids(variant, seed):
    draw = np.random.default_rng(seed)
    return torch.from_numpy(draw.integers(0, VOCABULARY, (4, variant.time)))


def reload(report, directory):
    config = json.loads((directory / "config.json").read_text())
    if config["model_type"] != "crystalcoder":
        return check_hf_export.load(directory, report)[1]
    model = crystalcoder_reference.CrystalCoder(config)
    state = {n: v for n, v in read_directory(directory).items() if n in model.state_dict()}
    state.setdefault("lm_head.weight", state["transformer.wte.weight"])
    model.load_state_dict(state)
    return model.eval()


def check_directory(report, name, directory, model, ids):
    wrong = different(read_directory(directory), wanted_tensors(model))
    if not report.check(not wrong, f"{name}: weights bit-equal {', '.join(wrong[:3])}"):
        return
    with torch.no_grad():
        apart = (reload(report, directory)(input_ids=ids).logits - model(input_ids=ids).logits).abs().max()
    report.check(apart <= 1e-5, f"{name}: logits differ by {apart:.1e}")


def to_parts(values, heads, group, d):
    """Fused rows (kv head, its queries, k, v) -> all queries, all keys, all values."""
    rows = values.reshape(heads // group, group + 2, d, *values.shape[1:])
    return np.concatenate([part.reshape(-1, *values.shape[1:])
                           for part in (rows[:, :group], rows[:, group], rows[:, group + 1])])


def llama_cpp_order(name, values, model):
    config = model.config
    if config.model_type == "llama" and (".q_proj." in name or ".k_proj." in name):
        heads = config.num_attention_heads if ".q_proj." in name else config.num_key_value_heads
        return check_gguf.to_pairs(values.reshape(len(values), -1), heads).reshape(values.shape)
    if "query_key_value" not in name:
        return values
    heads = config.num_attention_heads
    kv_heads = heads
    if config.model_type == "falcon":
        if config.new_decoder_architecture:
            kv_heads = config.num_kv_heads
        elif config.multi_query:
            kv_heads = 1
    return to_parts(values, heads, heads // kv_heads, config.hidden_size // heads)


def gguf_names(model):
    """{published name: name in GGUF}, or None where gguf-py has no name for a tensor."""
    architecture = next(key for key, value in gguf.MODEL_ARCH_NAMES.items()
                        if value == ARCHITECTURES[model.config.model_type])
    known = gguf.get_tensor_name_map(architecture, model.config.num_hidden_layers)
    names = {name: known.get_name(name, try_suffixes=(".weight", ".bias")) for name in wanted_tensors(model)}
    return names if all(names.values()) else None


def check_gguf_file(report, name, path, model):
    reader = gguf.GGUFReader(path)
    architecture = reader.get_field("general.architecture").contents()
    found = {tensor.name: tensor for tensor in reader.tensors}
    crystal = isinstance(model, crystalcoder_reference.CrystalCoder)
    names = None if crystal else gguf_names(model)
    if names is None:
        report.note(f"{name}: architecture {architecture}, {len(found)} tensors, not all known to gguf-py")
        return
    wrong = [theirs for theirs in names.values() if theirs not in found]
    for ours, theirs in names.items():
        if theirs in found:
            values = llama_cpp_order(ours, wanted_tensors(model)[ours].numpy(), model)
            if found[theirs].data.tobytes() != np.ascontiguousarray(values, np.float32).tobytes():
                wrong.append(theirs)
    extra = set(found) - set(names.values()) - {"rope_freqs.weight", "output.weight"}
    report.check(architecture == ARCHITECTURES[model.config.model_type] and not wrong and not extra,
                 f"{name}: {len(found)} tensors of GGUF ({architecture}) named, ordered and bit-equal as "
                 f"gguf-py and llama.cpp want them {wrong[:3] or ''} {sorted(extra)[:3] or ''}")


def check_llama_cpp(report, args, variant, path, ids):
    """llama.cpp's GELU is the tanh form: compared with that one."""
    config = dict(variant.config)
    if config["model_type"] in ACTIVATION_KEYS:
        config[ACTIVATION_KEYS[config["model_type"]]] = "gelu_pytorch_tanh"
    model = family_models.build(dataclasses.replace(variant, config=config), args.seed)
    with torch.no_grad():
        logits = model(input_ids=ids[:, :-1]).logits
    ours = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).item()
    answer = check_gguf.ask_llama(args, path, windows=ids.tolist())
    theirs = sum(answer["losses"]) / ids[:, 1:].numel()
    report.check(not answer["said"] and math.isclose(ours, theirs, rel_tol=LLAMA_CPP_TOLERANCE),
                 f"{args.name}: loss {theirs:.5f} in llama.cpp, {ours:.5f} in transformers "
                 f"{answer['said'] or ''}")


def convert(report, args, what, source, out, *flags):
    """False, and a failure in the report, when lucie refuses."""
    command = [args.lucie, "convert", str(source), "--out", str(out), "--type", "f32", "-q", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " / ".join((done.stderr or done.stdout).strip().splitlines()[:2])
        report.check(False, f"{args.name}: {what}: exit {done.returncode}: {said}")
    return done.returncode == 0


def check_variant(report, args, variant, folder):
    model = family_models.build(variant, args.seed, "sdpa").eval()
    ids = make_ids(variant, args.seed)
    files = {}
    for form, directory in write_forms(variant, model, folder).items():
        path = folder / f"{form}.gguf"
        if convert(report, args, f"{form} -> GGUF", directory, path):
            files[form] = path
    if files:
        first = next(iter(files.values()))
        unequal = [form for form, path in files.items() if gguf_tensors(path) != gguf_tensors(first)]
        report.check(not unequal, f"{args.name}: the same GGUF from {', '.join(files)} {unequal or ''}")
        check_gguf_file(report, args.name, first, model)
        if convert(report, args, "GGUF -> Hugging Face", first, folder / "back"):
            check_directory(report, f"{args.name}, back from GGUF", folder / "back", model, ids)
        if args.llama and args.name not in NOT_IN_LLAMA_CPP:
            check_llama_cpp(report, args, variant, first, ids)
    check_other_targets(report, args, variant, folder, model, ids)


def gguf_tensors(path):
    return {tensor.name: tensor.data.tobytes() for tensor in gguf.GGUFReader(path).tensors}


def check_other_targets(report, args, variant, folder, model, ids):
    source = folder / "one"
    if args.offers["--max-shard-size"] and convert(
            report, args, "-> shards", source, folder / "small", "--max-shard-size", "20KB"):
        sizes = [path.stat().st_size for path in (folder / "small").glob("*.safetensors")]
        report.check(len(sizes) > 1, f"{args.name}: {len(sizes)} shards of at most {max(sizes)} bytes")
        check_directory(report, f"{args.name}, in shards", folder / "small", model, ids)
    plain = variant.config["model_type"] == "llama" and not variant.config.get("mlp_bias")
    if args.offers["--to"] and plain and convert(
            report, args, "-> Megatron", source, folder / "megatron", "--to", "megatron"):
        if convert(report, args, "Megatron -> Hugging Face", folder / "megatron", folder / "from_megatron",
                   "--tokenizer", str(source)):
            check_directory(report, f"{args.name}, back from Megatron", folder / "from_megatron", model, ids)


def offers(binary):
    said = run_files.lucie(binary, "convert", "--help")
    return {flag: flag + " " in said for flag in ("--to", "--max-shard-size")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lucie", default="build/bin/lucie", help="the binary")
    parser.add_argument("--only", nargs="+", choices=sorted(family_models.VARIANTS), metavar="NAME",
                        default=list(family_models.VARIANTS))
    parser.add_argument("--llama", help="folder with node_modules/node-llama-cpp")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    report = run_files.Report()
    args.offers = offers(args.lucie)
    for name in args.only:
        args.name = name
        with tempfile.TemporaryDirectory() as folder:
            check_variant(report, args, sized(family_models.VARIANTS[name]), pathlib.Path(folder))
    for flag, offered in args.offers.items():
        if not offered:
            report.note(f"missing: lucie convert {flag}")
    if not args.llama:
        report.note("llama.cpp not asked: --llama names a folder with node-llama-cpp")
    report.finish()


if __name__ == "__main__":
    main()
