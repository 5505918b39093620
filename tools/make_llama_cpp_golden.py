"""Makes tests/golden/llama_cpp.json: a small byte-level tokenizer trained by Hugging Face's library,
and the ids that llama.cpp gives to the lines of sentencepiece/cases.json with it and with
tokenizer_small.json, both exported by lucie.

    python3 tools/make_llama_cpp_golden.py --lucie build/release/bin/lucie --node DIR

DIR holds node-llama-cpp, as for check_gguf_vocabulary.mjs.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from make_sentencepiece_golden import TEXT
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parent.parent


def byte_level() -> dict:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(TEXT.splitlines() * 3, trainers.BpeTrainer(
        vocab_size=420, show_progress=False, special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.add_tokens(["<mask>", "  "])
    return json.loads(tokenizer.to_str())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="unused: nothing is drawn")
    parser.add_argument("--lucie", type=Path, required=True)
    parser.add_argument("--node", type=Path, required=True)
    options = parser.parse_args()
    golden = ROOT / "tests" / "golden"
    cases = json.loads((golden / "sentencepiece" / "cases.json").read_text("utf-8"))
    lines = [line for line in cases["lines"] if "\n" not in line]
    result = {"lines": lines, "byte_level": byte_level()}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "lines.txt").write_text("\n".join(lines) + "\n", "utf-8", newline="\n")
        (folder / "byte_level.json").write_text(json.dumps(result["byte_level"]))
        for name, source in (("small", golden / "tokenizer_small.json"),
                             ("byte_level", folder / "byte_level.json")):
            gguf = folder / f"{name}.gguf"
            subprocess.run([options.lucie, "tokenizer", "export", source, "--out", gguf], check=True)
            ids = subprocess.run(
                ["node", ROOT / "tools" / "check_gguf_vocabulary.mjs", options.node, "-", gguf,
                 folder / "lines.txt"], check=True, capture_output=True, text=True).stdout
            result[f"{name}_ids"] = [json.loads(line) for line in ids.strip().split("\n")]
    path = golden / "llama_cpp.json"
    path.write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
