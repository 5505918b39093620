"""Random tokenizers composed of everything that a tokenizer.json can hold and lucie runs, with small
trained vocabularies, as Hugging Face's library makes them. For make_tokenizer_golden.py and
check_tokenizers.py."""
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, processors
from tokenizers import pre_tokenizers, trainers

TRAINING = ("le la maison \u00e9t\u00e9 d\u00e9j\u00e0 aujourd'hui l'homme qu'il the and House isn't World "
            "na\u00efve c\u0153ur Stra\u00dfe \u00fcber ni\u00f1o \u00bfqu\u00e9? 12345 3.14 foo_bar() == // a.org/b?c=d#e "
            "int main { return 0; } \u00ab bonjour \u00bb \u2014 \u2026 \u65e5\u672c \u0440\u0443\u0441\u0441\u043a\u0438\u0439 e\u0301 \ufb01 \u00b2").split(" ")
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
PATTERNS = [Regex(p) for p in (
    r"\s+", r"\d", r"[^\w\s]+", r"(?<=[a-z])(?=[A-Z])", r"\p{Lu}", r"'(?i:[sdmt]|ll|ve|re)", r"x*", r"\W",
    r"[^\S\n]", r"[\p{L}\p{M}]+|\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"(?:\u00e9|e\u0301)|\bl'",
    r"\s+(?!\S)|\s+", r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+", r"^.",
    r"[a-fA-F0-9]{2}", r".$", r"(a|an)(?=d)", r"[[:punct:]]", r"\h+", r"\A\w|\w\z")]
STRINGS = [" ", "e", "\u2581", "'", "ss", ".", "\u00e9t"]
# NFKC's replacements and some that overlap, compiled as SentencePiece does.
NFKC_RULES = ("\ufb01", "fi"), ("\u00b2", "2"), ("e\u0301", "\u00e9"), ("\r\n", "\n"), ("\r", " "), ("\u2026", "...")


def charsmap():
    """A double array as Darts-clone lays it out, for a few keys, in base64."""
    import base64
    import struct
    texts, keys = b"", []
    for key, value in NFKC_RULES:
        keys.append((key.encode(), len(texts)))
        texts += value.encode() + b"\0"
    trie = {}
    for key, value in keys:
        node = trie
        for byte in key:
            node = node.setdefault(byte, {})
        node[None] = value
    units, used = {0: 0}, {0}

    def place(node, at):
        labels = [0 if label is None else label for label in node]
        base = next(b for b in range(1, 1 << 16) if not any((b ^ label) in used for label in labels))
        units[at] |= (at ^ base) << 10
        used.update(base ^ label for label in labels)
        for label, child in node.items():
            if label is None:
                units[at] |= 1 << 8
                units[base] = child | 1 << 31
            else:
                units[base ^ label] = label
        for label, child in node.items():
            if label is not None:
                place(child, base ^ label)

    place(trie, 0)
    array = [units.get(i, 0) for i in range(max(units) + 256)]
    blob = struct.pack("<I", 4 * len(array)) + struct.pack(f"<{len(array)}I", *array) + texts
    return base64.b64encode(blob).decode()


def regex_or_string(rng):
    return rng.choice(PATTERNS) if rng.random() < 0.6 else rng.choice(STRINGS)


def make_normalizer(rng):
    kinds = [
        normalizers.NFC, normalizers.NFD, normalizers.NFKC, normalizers.NFKD, normalizers.Nmt,
        normalizers.Lowercase, normalizers.StripAccents, normalizers.ByteLevel,
        lambda: normalizers.BertNormalizer(rng.random() < 0.7, rng.random() < 0.7,
                                           rng.choice([None, True, False]), rng.random() < 0.7),
        lambda: normalizers.Replace(regex_or_string(rng), rng.choice(["", " ", "\u2581", "x", "e ", "\\1"])),
        lambda: normalizers.Prepend(rng.choice([" ", "\u2581", "x", "l'"])),
        lambda: normalizers.Strip(rng.random() < 0.6, rng.random() < 0.6),
        "Precompiled",
    ]
    kind = rng.choice(kinds)
    if kind == "Precompiled":
        return {"type": "Precompiled", "precompiled_charsmap": charsmap()}
    return component(kind())


def make_pre_tokenizer(rng):
    schemes = ["always", "never", "first"]
    kinds = [
        lambda: pre_tokenizers.Split(regex_or_string(rng), rng.choice(BEHAVIORS), rng.random() < 0.4),
        lambda: pre_tokenizers.ByteLevel(rng.random() < 0.5, True, rng.random() < 0.5),
        lambda: pre_tokenizers.Digits(rng.random() < 0.5),
        lambda: pre_tokenizers.Punctuation(rng.choice(BEHAVIORS)),
        lambda: pre_tokenizers.Metaspace(rng.choice(["\u2581", "_", "\u2581"]), rng.choice(schemes),
                                         rng.random() < 0.6),
        pre_tokenizers.Whitespace, pre_tokenizers.WhitespaceSplit, pre_tokenizers.BertPreTokenizer,
        pre_tokenizers.UnicodeScripts,
        lambda: pre_tokenizers.CharDelimiterSplit(rng.choice([" ", "e", "\u2581", "\u00e9"])),
        lambda: pre_tokenizers.FixedLength(rng.choice([1, 3, 5])),
    ]
    return component(rng.choice(kinds)())


def make_decoder(rng):
    kinds = [
        decoders.ByteLevel, decoders.ByteFallback, decoders.Fuse,
        lambda: decoders.Metaspace(prepend_scheme=rng.choice(["always", "never", "first"])),
        lambda: decoders.Replace(regex_or_string(rng), rng.choice(["", " ", "x"])),
        lambda: decoders.Strip(rng.choice([" ", "\u2581", "e"]), rng.choice([0, 1, 2]), rng.choice([0, 1, 2])),
        lambda: decoders.BPEDecoder(rng.choice(["</w>", "e"])),
        lambda: decoders.WordPiece(rng.choice(["##", "e"]), rng.random() < 0.5),
        lambda: decoders.CTC("<pad>", rng.choice(["|", "e"]), rng.random() < 0.5),
    ]
    return component(rng.choice(kinds)())


def component(made):
    state = made.__getstate__()
    return json.loads(state)


def in_sequence(rng, make, key, chance):
    if rng.random() < chance:
        return None
    steps = [make(rng) for _ in range(rng.choice([1, 1, 2, 2, 3]))]
    return steps[0] if len(steps) == 1 and rng.random() < 0.7 else {"type": "Sequence", key: steps}


def make_post_processor(rng, special):
    a, b = rng.sample(sorted(special), 2)
    kinds = [
        lambda: processors.TemplateProcessing(single=rng.choice([f"{a} $A", f"{a} $A {b}", f"{a} {b} $A {b}"]),
                                              special_tokens=[(a, special[a]), (b, special[b])]),
        lambda: processors.BertProcessing((a, special[a]), (b, special[b])),
        lambda: processors.RobertaProcessing((a, special[a]), (b, special[b])),
        lambda: processors.ByteLevel(),
    ]
    made = in_sequence(rng, lambda r: component(r.choice(kinds)()), "processors", 0.3)
    steps = made["processors"] if made and made["type"] == "Sequence" else []
    for step in steps[:-1]:  # what the library does behind a template has no use
        if step["type"] == "TemplateProcessing":
            steps.remove(step)
    return made


def trained_model(rng, normalizer, pre_tokenizer):
    """The "model" object and ids of its special tokens."""
    special = ["<s>", "</s>", "<unk>", "<pad>"]
    texts = [" ".join(rng.choice(TRAINING) for _ in range(12)) for _ in range(60)]
    unigram = rng.random() < 0.35
    affixes = {}
    if rng.random() < 0.2:
        affixes["continuing_subword_prefix"] = "##"
    if rng.random() < 0.2:
        affixes["end_of_word_suffix"] = "</w>"
    if unigram:
        affixes = {}
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", **affixes))
    trainer = trainers.BpeTrainer(vocab_size=rng.choice([70, 120]), limit_alphabet=45, show_progress=False,
                                  special_tokens=special, **affixes)
    parts = {"normalizer": normalizer, "pre_tokenizer": pre_tokenizer}
    state = {**json.loads(tokenizer.to_str()), **parts}
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    if unigram:  # of the same tokens; scores that make sums equal now and then
        vocab = sorted(model["vocab"], key=model["vocab"].get)
        score = lambda token: 0.0 if token in special else -rng.choice([2.0, 2.5, 3.25, rng.uniform(1, 9)]) * len(token) ** 0.5
        model = {"type": "Unigram", "unk_id": 2, "vocab": [[token, round(score(token), 4)] for token in vocab]}
    fallback = rng.random() < 0.4
    some_bytes = rng.random() < 0.2  # then characters with another byte stay unknown
    for byte in range(256 if fallback else 0):
        if some_bytes and byte > 0xC3:
            break
        if unigram:
            model["vocab"].append([f"<0x{byte:02X}>", -30.0])
        else:
            model["vocab"][f"<0x{byte:02X}>"] = len(model["vocab"])
    model["byte_fallback"] = fallback
    if not unigram:
        model["fuse_unk"], model["ignore_merges"] = rng.random() < 0.5, rng.random() < 0.3
        if rng.random() < 0.2:
            model["unk_token"] = None
    return model, {token: i for i, token in enumerate(special)}


def added_tokens(rng, special, size):
    tokens = [{"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
               "normalized": False, "special": True} for token, i in special.items()]
    contents = rng.sample(["<cut>", "NASA", "na\u00efve", " ", "e\u0301t", "<|end|>", "<|", "||", "\u00c9", "1"], rng.randrange(5))
    for i, content in enumerate(contents):
        tokens.append({"id": size + i, "content": content, "special": rng.random() < 0.3,
                       **{key: rng.random() < 0.35 for key in ("single_word", "lstrip", "rstrip", "normalized")}})
    return tokens


def compose(rng):
    """A random tokenizer.json as a dictionary, or None where the library refuses what was drawn."""
    normalizer = in_sequence(rng, make_normalizer, "normalizers", 0.3)
    pre_tokenizer = in_sequence(rng, make_pre_tokenizer, "pretokenizers", 0.15)
    try:
        model, special = trained_model(rng, normalizer, pre_tokenizer)
        state = {"version": "1.0", "truncation": None, "padding": None, "normalizer": normalizer,
                 "pre_tokenizer": pre_tokenizer, "model": model,
                 "added_tokens": added_tokens(rng, special, len(model["vocab"])),
                 "post_processor": make_post_processor(rng, special),
                 "decoder": in_sequence(rng, make_decoder, "decoders", 0.15)}
        if '"first"' in json.dumps(pre_tokenizer) and normalizer is not None:
            return None  # the library then asks where in the text before normalizing a piece stood
        if '"strip_' in json.dumps(normalizer) and any(t["content"] == " " for t in state["added_tokens"]):
            return None  # an empty token then, which is everywhere
        known = {token["content"] for token in state["added_tokens"][4:]}
        vocab = [p[0] for p in model["vocab"]] if isinstance(model["vocab"], list) else model["vocab"]
        if known & set(vocab):  # the library would give these the vocabulary's ids
            return None
        Tokenizer.from_str(json.dumps(state))
        return state
    except BaseException as error:  # the library panics on some combinations
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def kinds_of(state):
    """Names of the components and options that a tokenizer uses."""
    result = set()

    def visit(place, value):
        if isinstance(value, dict):
            kind = value.get("type", "")
            for key, inner in value.items():
                if isinstance(inner, (bool, type(None))) or key in ("behavior", "prepend_scheme"):
                    result.add(f"{place}.{kind}.{key}={inner}")
                elif key not in ("vocab", "merges", "id", "precompiled_charsmap"):
                    visit(place, inner)
            result.add(f"{place}.{kind}")
        elif isinstance(value, list):
            for inner in value:
                visit(place, inner)

    for part in ("normalizer", "pre_tokenizer", "model", "added_tokens", "post_processor", "decoder"):
        visit(part, state[part])
    return result
