#!/usr/bin/env python3
"""A secret key of minisign under a password, at a cost that a test can pay.

    tools/make_minisign_golden.py [--seed N] [--out tests/golden/minisign_secret_key.json]

minisign always asks for 1 GiB of memory; here are both ways in which libsodium turns its two limits
into scrypt's numbers, with less. Needs `cryptography` for the public half.
"""
import argparse
import base64
import hashlib
import json
import random
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PASSWORD = "correct horse"


def secret_key(rng, operations, memory, n, p):
    """n and p: by hand, from pickparams() of libsodium's crypto_pwhash_scryptsalsa208sha256."""
    number, seed, salt = rng.randbytes(8), rng.randbytes(32), rng.randbytes(32)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    check = hashlib.blake2b(b"Ed" + number + seed + public, digest_size=32).digest()
    plain = number + seed + public + check
    mask = hashlib.scrypt(PASSWORD.encode(), salt=salt, n=n, r=8, p=p, dklen=len(plain), maxmem=1 << 30)
    hidden = bytes(a ^ b for a, b in zip(plain, mask))
    limits = operations.to_bytes(8, "little") + memory.to_bytes(8, "little")
    file = base64.b64encode(b"EdScB2" + salt + limits + hidden).decode()
    return {"file": f"untrusted comment: minisign encrypted secret key\n{file}\n",
            "id": base64.b64encode(number).decode(), "seed": base64.b64encode(seed).decode()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", default="tests/golden/minisign_secret_key.json")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    keys = [secret_key(rng, 32768, 1 << 24, 1024, 1),    # bound by operations: n <= 32768 / 32
            secret_key(rng, 1 << 20, 1 << 20, 1024, 32)]  # by memory: n <= 2^20 / 1024, p = 2^20 / 4 / n / 8
    text = json.dumps({"password": PASSWORD, "keys": keys}, indent=1)
    Path(arguments.out).write_text(text + "\n")


if __name__ == "__main__":
    main()
