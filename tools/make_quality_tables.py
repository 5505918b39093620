#!/usr/bin/env python3
"""Writes src/corpus/quality/punctuation_table.inc: the characters that the reference of the web
quality rules (datatrove) takes as symbols and as ends of sentences, asked from it.

--seed is accepted as by every script here and has no effect.
"""
import argparse
from pathlib import Path

from datatrove.utils.text import PUNCTUATION_SET, TERMINAL_PUNCTUATION

TARGET = Path(__file__).parent.parent / "src/corpus/quality/punctuation_table.inc"


def ranges(characters):
    found = []
    for c in sorted(map(ord, characters)):
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def table(name, characters):
    rows = [f"{{0x{first:X}, 0x{last:X}}}," for first, last in ranges(characters)]
    lines = [f"constexpr unicode::CodePointRange {name}[] = {{"]
    for row in rows:
        if len(lines[-1]) + len(row) < 99 and lines[-1].startswith("    "):
            lines[-1] += " " + row
        else:
            lines.append("    " + row)
    return "\n".join(lines) + "\n};\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.parse_args()
    TARGET.write_text("// Written by tools/make_quality_tables.py.\n\n"
                      + table("kPunctuationRanges", PUNCTUATION_SET) + "\n"
                      + table("kTerminalRanges", TERMINAL_PUNCTUATION))


if __name__ == "__main__":
    main()
