#!/usr/bin/env python3
"""The exported Hugging Face directories in transformers, beside lucie itself.

    tools/check_hf_export.py --run runs/tiny [--lucie build/bin/lucie] [--models base instruct]

1. AutoTokenizer and AutoModelForCausalLM load without a warning, a missing or an unknown tensor.
2. Token ids of drawn held-out lines and documents equal `lucie tokenizer encode --json`.
3. What flows through the model in fp32, from the embedding to the rows the head multiplies, equals
   `lucie inspect --activations`, and greedy answers of 32 tokens equal `lucie generate --temp 0`.
   For the answers the weights are first written in f32 (`lucie convert`), so that both compute alike.
4. The chat template renders dialogues alike (`lucie generate --chat` reads as many tokens).
"""

import argparse
import json
import logging
import pathlib
import random
import re
import tempfile
import warnings

import safetensors.torch
import torch
import transformers

import run_files

TOLERANCE = 1e-5  # max|a-b| / max|b|, of every tap


class Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


def load(directory, report):
    collector = Collector()
    loggers = [logging.getLogger(), transformers.utils.logging.get_logger("transformers")]
    transformers.utils.logging.set_verbosity_warning()
    for logger in loggers:
        logger.addHandler(collector)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            directory, dtype=torch.float32, output_loading_info=True)
    for logger in loggers:
        logger.removeHandler(collector)
    said = collector.texts + [str(w.message) for w in caught]
    wrong = {key: sorted(map(str, value)) for key, value in info.items() if value}
    report.check(not said and not wrong, f"loads without warnings {said or ''} {wrong or ''}")
    return tokenizer, model.eval()


def held_out_texts(run, draw, lines, whole):
    documents = [run_files.stripped(d["text"]) for d in run_files.documents(run, "holdout")]
    short = [text for text in documents if len(text) < 20000]
    pool = [line for text in documents for line in text.split("\n") if line.strip()]
    return draw.sample(pool, min(lines, len(pool))) + draw.sample(short, min(whole, len(short)))


def check_tokenizer(report, args, directory, tokenizer, texts):
    tokenizer.backend_tokenizer.encode_special_tokens = True  # as text, which lucie does by default
    same = sum(tokenizer(text)["input_ids"] ==
               json.loads(run_files.lucie(args.lucie, "tokenizer", "encode", directory, "--json",
                                          text=text)) for text in texts)
    report.check(same == len(texts), f"{same} of {len(texts)} held-out texts have the same ids")
    report.check(tokenizer.bos_token == "<s>", f"begin {tokenizer.bos_token}, end {tokenizer.eos_token}")


def taps_of(model, ids):
    """What `lucie inspect --activations` names, from forward hooks."""
    taps = {}

    def keep(name, of_input=False):
        def hook(_module, given, got):
            value = given[0] if of_input else got
            taps[name] = (value[0] if isinstance(value, tuple) else value)[0].contiguous().clone()
        return hook

    inner, hooks = model.model, []
    for module, name, of_input in [
            (inner.embed_tokens, "embedding", False), (inner.norm, "final_norm", False),
            *[pair for i, layer in enumerate(inner.layers) for pair in (
                (layer.input_layernorm, f"layers.{i}.attention_norm", False),
                (layer.self_attn.o_proj, f"layers.{i}.attention", True),
                (layer.self_attn.o_proj, f"layers.{i}.attention_out", False),
                (layer.post_attention_layernorm, f"layers.{i}.mlp_norm", False),
                (layer.mlp, f"layers.{i}.mlp_out", False))]]:
        hooks.append(module.register_forward_hook(keep(name, of_input)))
    with torch.no_grad():
        model(input_ids=ids, use_cache=False)
    for hook in hooks:
        hook.remove()
    return taps


def check_taps(report, args, directory, tokenizer, model, prompts, folder):
    worst, compared, wrong = 0.0, set(), []
    for prompt in prompts:
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        taps = taps_of(model, ids)
        largest = 0.0
        safetensors.torch.save_file(taps, folder / "taps.safetensors")
        printed = run_files.lucie(args.lucie, "inspect", directory, "--activations", "-p", prompt,
                                  "--golden", folder / "taps.safetensors", "--tolerance", TOLERANCE,
                                  "-q", codes=(0, 3))
        for line in printed.splitlines():
            found = re.match(r"(\S+) +\[.*\](?: +\S+){3} +([\d.e+-]+|inf|nan)", line)
            if found and found[1] in taps:
                compared.add(found[1])
                largest = max(largest, float(found[2]))
        worst = max(worst, largest)
        wrong += [ids.shape[1]] if largest > TOLERANCE else []
    report.check(compared == set(taps) and worst <= TOLERANCE,
                 f"{len(compared)} of {len(taps)} taps of {len(prompts)} prompts: "
                 f"largest error {worst:.1e} of {TOLERANCE:.0e}"
                 + (f"; wrong at {sorted(wrong)} tokens" if wrong else ""))


def check_greedy(report, args, directory, tokenizer, model, prompts, folder):
    wide = folder / (directory.name + "-f32")
    run_files.lucie(args.lucie, "convert", directory, "--out", wide, "--type", "f32", "-q")
    same = 0
    # Without the directory's own sampling and end, which are not what is compared here.
    model.generation_config = transformers.GenerationConfig(
        do_sample=False, max_new_tokens=32, pad_token_id=tokenizer.pad_token_id)
    for prompt in prompts:
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            full = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids))[0]
        ours = json.loads(run_files.lucie(
            args.lucie, "generate", wide, "-p", prompt, "--temp", 0, "-n", 32, "--ignore-eos",
            "--repeat-penalty", 1, "--json", "-t", 1))
        # lucie prints what it adds; a model's decoder may treat the seam, so the end is compared.
        theirs = tokenizer.decode(full, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        equal = theirs.endswith(ours["text"]) and ours["prompt_tokens"] == ids.shape[1] and \
            ours["completion_tokens"] == len(full) - ids.shape[1]
        same += equal
        if not equal:
            report.note(f"{prompt!r}\n        ours   {ours['text']!r}\n        theirs {theirs!r}")
    report.check(same == len(prompts), f"{same} of {len(prompts)} greedy answers equal")


def check_chat(report, args, directory, tokenizer, prompts):
    same = 0
    tokenizer.backend_tokenizer.encode_special_tokens = False
    for prompt in prompts:
        rendered = tokenizer.apply_chat_template([{"role": "user", "content": prompt}],
                                                 tokenize=False, add_generation_prompt=True)
        count = len(tokenizer(rendered, add_special_tokens=False)["input_ids"])
        ours = json.loads(run_files.lucie(args.lucie, "generate", directory, "--chat", "-p", prompt,
                                          "-n", 1, "--json", "-t", 1))
        same += ours["prompt_tokens"] == count
        if ours["prompt_tokens"] != count:
            report.note(f"{prompt!r}: {ours['prompt_tokens']} tokens, transformers {count}")
    report.check(same == len(prompts), f"{same} of {len(prompts)} rendered dialogues as long")


def main():
    parser = run_files.add_arguments(
        argparse.ArgumentParser(description=__doc__.splitlines()[0]), binary=True)
    parser.add_argument("--models", nargs="+", default=["base", "instruct"])
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    report = run_files.Report()
    draw = random.Random(args.seed)
    texts = held_out_texts(args.run, draw, lines=40, whole=20)
    prompts = [text[:60].strip() for text in texts[-8:]]
    # Of many lengths: kernels treat the last rows of a block on their own.
    cuts = [text[:draw.randint(4, 300)].strip() for text in texts[-20:] for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        for name in args.models:
            directory = args.run / name
            print(directory)
            tokenizer, model = load(directory, report)
            check_tokenizer(report, args, directory, tokenizer, texts)
            check_taps(report, args, directory, tokenizer, model, cuts,
                       pathlib.Path(folder))
            check_greedy(report, args, directory, tokenizer, model, prompts, pathlib.Path(folder))
            if name == "instruct":
                check_chat(report, args, directory, tokenizer, prompts)
    report.finish()


if __name__ == "__main__":
    main()
