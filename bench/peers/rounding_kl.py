#!/usr/bin/env python3
"""What rounding activations costs: lucie's and llama.cpp's logits beside exact ones of the same file.

    LLAMA_CPP_BIN=~/llama.cpp/build/bin python3 bench/peers/rounding_kl.py MODEL.gguf ...
        [--lucie build/release/bin/lucie] [--text FILE] [--chunks 8] [--window 512]

llama-perplexity reads the text in windows and keeps its logits of each window's second half. lucie
reads the same ids twice: with exact products, and as it generates (`lucie inspect --logits`). Both
keep keys and values in f32. Printed for each program: the mean KL divergence from the exact
distribution, and the positions where the likeliest token is another although it leads by more than
0.2 logit in the exact one.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile

import gguf
import numpy
import safetensors.numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MARGIN = 0.2


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def peer_logits(args, model, folder):
    """ids (chunks, window) and log-probabilities (chunks, window / 2 - 1, vocabulary); no number where
    they are more than 16 below the likeliest, which are not kept."""
    kept = folder / "peer.bin"
    run(pathlib.Path(os.environ["LLAMA_CPP_BIN"]) / "llama-perplexity", "-m", model, "-f", args.text,
        "-c", args.window, "-b", args.window, "--chunks", args.chunks, "--save-all-logits", kept,
        "-ctk", "f32", "-ctv", "f32", "-fa", "off", "-t", args.threads)
    data = kept.read_bytes()
    assert data[:8] == b"_logits_"
    window, vocab, chunks = numpy.frombuffer(data, "<i4", 3, 8)
    ids = numpy.frombuffer(data, "<i4", chunks * window, 20).reshape(chunks, window).copy()
    rows, width = window - 1 - window // 2, 2 * ((vocab + 1) // 2) + 4
    start = 20 + ids.nbytes
    packed = numpy.frombuffer(data, "<u2", chunks * rows * width, start).reshape(-1, width)
    head = packed[:, :4].copy().view("<f4")  # scale and least log-probability of each row
    steps = packed[:, 4:4 + vocab]
    values = numpy.where(steps > 0, head[:, :1] * steps + head[:, 1:], numpy.nan)
    return ids, values.reshape(chunks, rows, vocab)


def lucie_logits(args, model, ids, rounded, folder):
    listed, out = folder / "ids.json", folder / "lucie.safetensors"
    listed.write_text(json.dumps(ids.tolist()))
    run(args.lucie, "inspect", model, "--logits", out, "--ids", listed, "-q", "--threads", args.threads,
        *(["--rounded"] if rounded else []))
    first = len(ids) // 2
    return safetensors.numpy.load_file(out)["logits"][first:len(ids) - 1]


def log_softmax(logits):
    logits = logits.astype(numpy.float64)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - numpy.log(numpy.exp(shifted).sum(axis=-1, keepdims=True))


class Distance:
    def __init__(self):
        self.total, self.rows, self.leads = 0.0, 0, []

    def add(self, exact, q):
        p = log_softmax(exact)
        q = numpy.where(numpy.isnan(q), p, q)
        self.total += float((numpy.exp(p) * (p - q)).sum())
        self.rows += len(p)
        every = numpy.arange(len(p))
        lead = p[every, p.argmax(-1)] - p[every, q.argmax(-1)]
        self.leads += [float(x) for x in lead[lead > MARGIN]]

    def mean(self):
        return self.total / self.rows

    def __str__(self):
        largest = f" ({max(self.leads):.2f})" if self.leads else ""
        return f"mean KL {self.mean():.3e}, other likeliest token {len(self.leads)}{largest}"


def first_id(model):
    """The id that llama.cpp puts at the start of each window, or None."""
    fields = gguf.GGUFReader(model).fields
    adds = fields.get("tokenizer.ggml.add_bos_token")
    start = fields.get("tokenizer.ggml.bos_token_id")
    return start.contents() if start and adds and adds.contents() else None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--lucie", default="build/release/bin/lucie")
    parser.add_argument("--text", help="default: this repository's guides")
    parser.add_argument("--chunks", type=int, default=8)
    parser.add_argument("--window", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if not os.environ.get("LLAMA_CPP_BIN"):
        parser.error("set LLAMA_CPP_BIN to a folder with llama-perplexity")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if not args.text:
            args.text = folder / "text.txt"
            guides = sorted((ROOT / "docs" / "guides").glob("*.md"))
            args.text.write_text("\n\n".join(path.read_text() for path in guides))
        for model in args.models:
            ids, peer = peer_logits(args, model, folder)
            start = first_id(model)
            ours, theirs = Distance(), Distance()
            for chunk, logits in zip(ids, peer):
                if start is not None:
                    chunk[0] = start
                exact = lucie_logits(args, model, chunk, False, folder)
                ours.add(exact, log_softmax(lucie_logits(args, model, chunk, True, folder)))
                theirs.add(exact, logits)
            print(f"{pathlib.Path(model).name}, {ours.rows} positions\n  lucie      {ours}\n"
                  f"  llama.cpp  {theirs}\n  ratio of mean KL {ours.mean() / theirs.mean():.2f}")


if __name__ == "__main__":
    main()
