#!/usr/bin/env python3
"""The random numbers of src/base/rng.h in numpy, so that golden scripts draw the same weights.

Philox4x32-10 (Salmon et al., SC 2011): key = (seed low, seed high), counter = (block, index low,
index high, FNV-1a-32 of the purpose), four words a block, used in order. Words and uniforms are
equal to the C++ bit for bit; normals too but for the last bit of a float, where numpy's log and
cos round otherwise than the C library's.

    weight = 0.02 * philox.normal(seed, "init/model.norm.weight", columns, index=np.arange(rows))

`index` is a number, giving shape (count,), or an array, giving index.shape + (count,).
`--selftest` checks known answers; without arguments a few values are printed for comparison.
"""

import argparse

import numpy as np

MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL = (0x9E3779B9, 0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def fnv1a_32(text):
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def philox4x32(counter, key):
    """counter: four uint64 arrays of equal shape holding 32-bit words; key: two ints."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (b >> HALF) ^ c1 ^ np.uint64(k0),
            b & LOW,
            (a >> HALF) ^ c3 ^ np.uint64(k1),
            a & LOW,
        )
        k0, k1 = (k0 + WEYL[0]) & 0xFFFFFFFF, (k1 + WEYL[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def words(seed, purpose, count, index=0):
    """The first `count` 32-bit words of each index, as uint32."""
    index = np.asarray(index, dtype=np.uint64)
    blocks = (count + 3) // 4
    shape = index.shape + (blocks,)
    counter = (
        np.broadcast_to(np.arange(blocks, dtype=np.uint64), shape),
        np.broadcast_to((index & LOW)[..., None], shape),
        np.broadcast_to((index >> HALF)[..., None], shape),
        np.full(shape, fnv1a_32(purpose), dtype=np.uint64),
    )
    block = np.stack(philox4x32(counter, (seed & 0xFFFFFFFF, seed >> 32)), axis=-1)
    return block.reshape(index.shape + (blocks * 4,))[..., :count].astype(np.uint32)


def uniform(seed, purpose, count, index=0):
    """[0, 1), float32 with 24 bits."""
    return (words(seed, purpose, count, index) >> np.uint32(8)).astype(np.float32) * np.float32(
        2.0**-24
    )


def uniform53(seed, purpose, count, index=0):
    """[0, 1), float64 with 53 bits; two words a value, the low one first."""
    drawn = words(seed, purpose, 2 * count, index).astype(np.uint64)
    whole = drawn[..., 0::2] | drawn[..., 1::2] << HALF
    return (whole >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(seed, purpose, count, index=0):
    """Standard normal, float32: Box-Muller in float64, two words a value, the cosine branch."""
    drawn = words(seed, purpose, 2 * count, index).astype(np.float64)
    radius = (drawn[..., 0::2] + 1.0) * 2.0**-32
    angle = drawn[..., 1::2] * 2.0**-32
    return (np.sqrt(-2.0 * np.log(radius)) * np.cos(2.0 * np.pi * angle)).astype(np.float32)


def selftest():
    def block(counter, key):
        out = philox4x32([np.array([word], dtype=np.uint64) for word in counter], key)
        return " ".join(f"{int(word[0]):08x}" for word in out)

    ones = 0xFFFFFFFF
    pi = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
    # kat_vectors of Random123.
    assert block((0, 0, 0, 0), (0, 0)) == "6627e8d5 e169c58d bc57ac4c 9b00dbd8"
    assert block((ones,) * 4, (ones, ones)) == "408f276d 41c83b0e a20bc7c6 6d5451fd"
    assert block(pi, (0xA4093822, 0x299F31D0)) == "d16cfe09 94fdcceb 5001e420 24126ea1"

    rows = words(7, "selftest", 9, index=np.array([0, 5, 2**40 + 1]))
    assert rows.shape == (3, 9)
    assert (rows[2] == words(7, "selftest", 9, index=2**40 + 1)).all()
    assert (words(7, "selftest", 100)[:9] == rows[0]).all()
    sample = normal(1, "selftest", 200_000).astype(np.float64)
    assert abs(sample.mean()) < 0.01 and abs(sample.std() - 1) < 0.01
    flat = uniform(1, "selftest", 200_000)
    assert flat.min() >= 0 and flat.max() < 1 and abs(flat.mean() - 0.5) < 0.005
    print("philox: all well")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--purpose", default="test")
    parser.add_argument("--index", type=int, default=0)
    parser.add_argument("--selftest", action="store_true")
    arguments = parser.parse_args()
    if arguments.selftest:
        selftest()
        return
    draw = (arguments.seed, arguments.purpose)
    print("words    ", " ".join(f"{w:08x}" for w in words(*draw, 8, arguments.index)))
    print("uniform  ", [float(x) for x in uniform(*draw, 4, arguments.index)])
    print("uniform53", [float(x) for x in uniform53(*draw, 4, arguments.index)])
    print("normal   ", [float(x) for x in normal(*draw, 4, arguments.index)])


if __name__ == "__main__":
    main()
