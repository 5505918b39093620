#!/usr/bin/env python3
"""Writes src/tokenizer/unicode_*table.inc: the code points that the reference tokenizers library
(Hugging Face tokenizers) takes as word, letter, number and punctuation characters; those that its
NFC may change and those that its normal forms do not know; marks, control characters, lower case
and scripts.

Its parts follow different Unicode versions (Oniguruma for regular expressions, crates for the
rest), none of them that of our libraries, so they are asked from it, code point by code point.
--seed is accepted as by every script here and has no effect.
"""
import argparse
import os
import unicodedata

from tokenizers import Regex, normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def matched_by(pattern):
    kept = set(normalizers.Replace(Regex(pattern), "").normalize_str("".join(map(chr, CODE_POINTS))))
    return [c for c in CODE_POINTS if chr(c) not in kept]


def split_by(pre_tokenizer):
    return [c for c in CODE_POINTS
            if not 0x61 <= c <= 0x62 and len(pre_tokenizer.pre_tokenize_str("a" + chr(c) + "b")) > 1]


def changed_by_nfc():
    """Code points that NFC replaces, reorders, or composes with the one before."""
    nfc = normalizers.NFC().normalize_str
    result = {0x345}  # combining class 240, the highest: every other mark moves before it
    for c in CODE_POINTS:
        text = "\u0345" + chr(c)
        if nfc(chr(c)) != chr(c) or (c != 0x345 and nfc(text) != text):
            result.add(c)
        parts = unicodedata.normalize("NFD", chr(c))
        if len(parts) > 1 and nfc(parts) == chr(c):
            result.update(ord(part) for part in parts[1:])
    return sorted(result)


def words_of(pre_tokenizer):
    return [c for c in CODE_POINTS if len(pre_tokenizer.pre_tokenize_str("a" + chr(c) + "b")) == 1]


def removed_by(normalizer):
    return [c for c in CODE_POINTS if normalizer.normalize_str(chr(c)) == ""]


def unknown_to_forms():
    """Code points that the reference's normal forms leave alone and those of another version of
    Unicode may not: unassigned then. Neighbours that no version changes are taken in, so that there
    are few ranges."""
    forms = {form: getattr(normalizers, form)().normalize_str for form in ("NFD", "NFKD", "NFC")}
    ours = {form: lambda text, form=form: unicodedata.normalize(form, text) for form in forms}
    parts = set()
    for c in CODE_POINTS:
        decomposed = forms["NFD"](chr(c))
        if len(decomposed) > 1:
            parts.update(decomposed)
    def inert(c, by):
        text = chr(c)
        moved = "\u0345" + text
        return (by["NFD"](text) == text and by["NFKD"](text) == text and by["NFC"](text) == text
                and by["NFD"](moved) == moved and c != 0x345)
    result, pending = [], []
    for c in CODE_POINTS:
        if not inert(c, forms) or chr(c) in parts or 0x1100 <= c < 0x1200:
            pending = []
        elif unicodedata.category(chr(c)) == "Cn" or not inert(c, ours):
            result += (pending if result and pending and result[-1] == pending[0] - 1 else []) + [c]
            pending = []
        else:
            pending.append(c)
    return result


def lower_case():
    """Runs (first, last, step, offset) of code points with one lower case letter; the only one with
    two is U+0130."""
    lower = normalizers.Lowercase().normalize_str
    runs = []
    for c in CODE_POINTS:
        text = lower(chr(c))
        if text == chr(c) or len(text) > 1:
            assert len(text) == 1 or (c == 0x130 and text == "i\u0307")
            continue
        offset = ord(text) - c
        last = runs[-1] if runs else None
        if last and last[3] == offset and c - last[1] in (1, 2) and last[2] in (0, c - last[1]):
            last[1], last[2] = c, c - last[1]
        else:
            runs.append([c, c, 0, offset])
    return [(first, last, max(step, 1), offset) for first, last, step, offset in runs]


def scripts():
    """Ranges (first, last, number) of code points that UnicodeScripts keeps together; it lets those
    without a range stand anywhere."""
    split = pre_tokenizers.UnicodeScripts().pre_tokenize_str
    together = lambda a, b: len(split(chr(a) + chr(b))) == 1
    known, result = [], []
    for c in CODE_POINTS:
        if not split(chr(c)):
            continue
        if result and result[-1][1] == c - 1 and together(c - 1, c):
            result[-1][1] = c
            continue
        number = next((i for i, other in enumerate(known) if together(other, c)), len(known))
        if number == len(known):
            known.append(c)
        result.append([c, c, number])
    return result


def ranges(points):
    result = []
    for c in points:
        if result and result[-1][1] == c - 1:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def surrounded_by(normalizer):
    return [c for c in CODE_POINTS if normalizer.normalize_str(chr(c)) == f" {chr(c)} "]


def write(path, tables):
    """Hexadecimal, but for the numbers behind first and last."""
    with open(path, "w", encoding="ascii") as out:
        out.write("// Generated by tools/make_unicode_tables.py; not edited by hand.\n")
        for kind, name, rows in tables:
            out.write(f"\nconstexpr {kind} {name}[] = {{\n")
            line = "   "
            for first, last, *rest in rows:
                item = f" {{{', '.join([f'0x{first:X}', f'0x{last:X}'] + list(map(str, rest)))}}},"
                if len(line) + len(item) > 100:
                    out.write(line + "\n")
                    line = "   "
                line += item
            out.write(line + "\n};\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="src/tokenizer")
    arguments = parser.parse_args()
    tables = [
        ("kWordRanges", matched_by(r"[\w]")),
        ("kLetterRanges", matched_by(r"\p{L}")),
        ("kNumberRanges", matched_by(r"\p{N}")),
        ("kNumericRanges", split_by(pre_tokenizers.Digits(individual_digits=False))),
        ("kRustWordRanges", words_of(pre_tokenizers.Whitespace())),
        ("kPunctuationRanges", split_by(pre_tokenizers.Punctuation("isolated"))),
    ]
    write(os.path.join(arguments.out, "unicode_table.inc"),
          [("CodePointRange", name, ranges(points)) for name, points in tables])
    bert = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    write(os.path.join(arguments.out, "unicode_forms_table.inc"), [
        ("CodePointRange", "kNfcActiveRanges", ranges(changed_by_nfc())),
        ("CodePointRange", "kUnknownRanges", ranges(unknown_to_forms())),
    ])
    write(os.path.join(arguments.out, "unicode_text_table.inc"), [
        ("CodePointRange", "kMarkRanges", ranges(removed_by(normalizers.StripAccents()))),
        ("CodePointRange", "kBertAccentRanges",
         ranges(removed_by(normalizers.BertNormalizer(**{**bert, "strip_accents": True})))),
        ("CodePointRange", "kBertControlRanges",
         ranges(removed_by(normalizers.BertNormalizer(**{**bert, "clean_text": True})))),
        ("CodePointRange", "kBertChineseRanges",
         ranges(surrounded_by(normalizers.BertNormalizer(**{**bert, "handle_chinese_chars": True})))),
        ("LowerCaseRun", "kLowerCaseRuns", lower_case()),
        ("ScriptRange", "kScriptRanges", scripts()),
    ])


if __name__ == "__main__":
    main()
