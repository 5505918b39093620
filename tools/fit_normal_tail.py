#!/usr/bin/env python3
"""Prints the polynomial by which src/tensor/cpu/isa/gelu.cpp computes the normal distribution.

For a >= 0 the tail P(X > a) is e^(-a^2/2) t q(t) with t = 1/(1 + 0.27 a), the form of Hastings
(Approximations for Digital Computers, 1955); q is smooth, and a polynomial of degree 8 interpolates
it at Chebyshev's points. 0.27 gives the smallest error of the steps of 0.01 around it. Beyond
a = 13.3 the factor e^(-a^2/2) is 0 in our exp. --seed is accepted as by every script here and has no
effect.
"""
import argparse
import math

import numpy as np

STEEPNESS = 0.27
DEGREE = 8
LAST = 13.3


def q(t):
    """P(X > a) e^(a^2/2) / t"""
    a = (1 / t - 1) / STEEPNESS
    return math.erfc(a / math.sqrt(2)) * math.exp(a * a / 2) / 2 / t


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.parse_args()
    domain = [1 / (1 + STEEPNESS * LAST), 1]
    fit = np.polynomial.Chebyshev.interpolate(np.vectorize(q), DEGREE, domain=domain)
    polynomial = fit.convert(kind=np.polynomial.Polynomial, domain=[-1, 1])
    for power, coefficient in enumerate(polynomial.coef):
        print(f"t^{power} {coefficient:.9e}")
    grid = np.linspace(*domain, 10001)
    error = max(abs(polynomial(t) / q(t) - 1) for t in grid)
    print(f"largest relative error {error:.2e}")


if __name__ == "__main__":
    main()
