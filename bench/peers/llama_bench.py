#!/usr/bin/env python3
"""lucie bench and llama-bench on the same GGUF files, in turn, on the same threads.

    LLAMA_CPP_BIN=~/llama.cpp/build/bin python3 bench/peers/llama_bench.py MODEL.gguf ...
        [--lucie build/release/bin/lucie] [--threads 2] [--n-prompt 512] [--n-gen 128] [--rounds 5]
        [--cpu-time]

LLAMA_CPP_BIN (and IK_LLAMA_BIN, if set, a build of ik_llama.cpp) is a folder with llama-bench.
Prints the peer's version, system line and build flags, then medians of the rounds in tokens/s and
the ratio. Run it on an idle machine. --cpu-time counts the processor's time of one thread instead
of the clock's: good enough for a ratio while other programs run.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess


def output_of(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    output_of(command)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


class Program:
    """Commands that read `prompt` tokens and then generate `answer`, `runs` times."""

    def __init__(self, name, binary, arguments):
        self.name, self.binary, self.arguments = name, binary, arguments

    def command(self, model, options, prompt, answer, runs):
        return [self.binary, *self.arguments(model, runs), "-t", str(options.threads),
                "--n-prompt", str(prompt), "--n-gen", str(answer)]


def lucie(binary):
    return Program("lucie", binary, lambda model, runs: ["bench", model, "--json", "--repetitions",
                                                         str(runs)])


def llama(name, folder):
    return Program(name, str(pathlib.Path(folder).expanduser() / "llama-bench"),
                   lambda model, runs: ["-m", model, "-o", "json", "-r", str(runs)])


def rate_by_clock(program, model, options, prompt, answer):
    rows = json.loads(output_of(program.command(model, options, prompt, answer, 1)))
    if program.name == "lucie":
        return rows["tests"][0]["tokens_per_s"]
    return rows[0]["avg_ts"]


def rate_by_cpu_time(program, model, options, prompt, answer):
    """Of the runs beyond the first, which start and loading do not count in."""
    few, many = (cpu_seconds(program.command(model, options, prompt, answer, runs))
                 for runs in (1, 4))
    return 3 * (prompt + answer) / (many - few)


def describe(program):
    """Version, and the flags that its build folder remembers."""
    folder = pathlib.Path(program.binary).resolve().parent
    version = subprocess.run([program.binary, "--version"], capture_output=True, text=True)
    lines = (version.stderr + version.stdout).strip().splitlines()
    print(f"{program.name}: {program.binary}")
    for line in lines[:3] if version.returncode == 0 else []:
        print(f"  {line}")
    for cache in [parent / "CMakeCache.txt" for parent in [folder, *folder.parents[:2]]]:
        if not cache.exists():
            continue
        wanted = re.compile(r"^(CMAKE_BUILD_TYPE|CMAKE_C(XX)?_FLAGS|GGML_[A-Z0-9_]+):\w+=(.+)$")
        flags = [match for match in map(wanted.match, cache.read_text().splitlines()) if match]
        print("  " + " ".join(f"{m[1]}={m[3]}" for m in flags if m[3] != "OFF"))
        break


def system_line(folder, model, threads):
    """llama.cpp prints it from programs that generate, not from llama-bench."""
    for name in ("llama-perplexity", "llama-cli", "llama-completion"):
        binary = pathlib.Path(folder).expanduser() / name
        if not binary.exists():
            continue
        text = "a " * 400
        command = [str(binary), "-m", model, "-t", str(threads), "-p", text, "-n", "1", "-c", "64"]
        result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        for line in (result.stderr + result.stdout).splitlines():
            if "system_info" in line:
                return line.strip()
    return "no system line: neither llama-perplexity nor llama-cli is there"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--lucie", default="build/release/bin/lucie")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--n-prompt", type=int, default=512)
    parser.add_argument("--n-gen", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cpu-time", action="store_true")
    options = parser.parse_args()
    peers = [(name, os.environ[variable]) for name, variable in
             (("llama.cpp", "LLAMA_CPP_BIN"), ("ik_llama.cpp", "IK_LLAMA_BIN"))
             if variable in os.environ]
    if not peers:
        parser.error("set LLAMA_CPP_BIN to a folder with llama-bench")
    if options.cpu_time:
        options.threads = 1
    print(output_of([options.lucie, "--version"]).strip())
    for name, folder in peers:
        describe(llama(name, folder))
        print("  " + system_line(folder, options.models[0], options.threads))
    programs = [lucie(options.lucie)] + [llama(*peer) for peer in peers]
    rate = rate_by_cpu_time if options.cpu_time else rate_by_clock
    for model in options.models:
        for prompt, answer in ((options.n_prompt, 0), (0, options.n_gen)):
            rates = {program.name: [] for program in programs}
            for _ in range(options.rounds):
                for program in programs:
                    rates[program.name].append(rate(program, model, options, prompt, answer))
            medians = {name: statistics.median(runs) for name, runs in rates.items()}
            best = max(value for name, value in medians.items() if name != "lucie")
            test = f"pp{prompt}" if prompt else f"tg{answer}"
            print(f"{pathlib.Path(model).name:24} {test:6} "
                  + "  ".join(f"{name} {value:8.1f}" for name, value in medians.items())
                  + f"  ratio {medians['lucie'] / best:.2f}", flush=True)


if __name__ == "__main__":
    main()
