"""The balanced design behind the fold-over sampler.

Row r of a Sylvester-Hadamard matrix shows column c when the bits that r and c share are even in number.  Here the
columns of a block are (x, x³), a different element x of a finite field for every superpixel, as bit strings beside each
other.  Every run of m rows is then a Hadamard matrix of order m in the columns x, with signs that the cubes give, and
the m² rows of a block with their complements are an orthogonal array of strength 5: any five superpixels occur in all
their 32 combinations equally often, because no five of the columns (1, x, x³) sum to zero.  Main effects are then clear
of all interactions of up to four superpixels.

Two pairs of superpixels whose x sum to the same are shown alike within a run, and the signs of the runs tell them
apart.  The signs are linear in the number of the run, so the order of the runs decides when: those of `_order_of_runs`
span all numbers after bits + 2 of them.

References
----------
The columns are the check matrix of the extended double-error-correcting BCH code: Bose, Ray-Chaudhuri (1960); codes as
orthogonal arrays: Hedayat, Sloane, Stufken (1999), "Orthogonal Arrays", section 5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lime_core.errors import TooManySuperpixels

# The field of 2^j elements is that of polynomials modulo this irreducible one of degree j, its bits the coefficients.
_MODULUS = {3: 0b1011, 4: 0b10011, 5: 0b100101, 6: 0b1000011, 7: 0b10000011, 8: 0b100011011, 9: 0b1000010001,
            10: 0b10000001001, 11: 0b100000000101}  # fmt: skip


def foldover_halves(pairs: int, d: int, seed: int) -> NDArray[np.bool_]:
    """Draw masks of which no two are complements by design: each is to be followed by its complement.

    Prefix-stable.  A block of m² rows, m the power of two that is at least d and 8, is drawn from (seed, number of the
    block) alone: which superpixel gets which column, the sign of each column, the order of the rows in every run of m,
    and which one of a pair comes first.

    Parameters
    ----------
    pairs : int
        How many rows.
    d : int, at most 2048
        Number of superpixels.
    seed : int, not negative
        Another seed draws other rows.

    Returns
    -------
    (pairs, d) bool
        True where a superpixel is shown.

    Raises
    ------
    TooManySuperpixels
        For d above 2048.
    """
    bits = max(3, (d - 1).bit_length())
    if bits not in _MODULUS:
        raise TooManySuperpixels(f"The fold-over sampler takes no more than 2048 superpixels, and there are {d}.")
    order, runs = 1 << bits, _order_of_runs(bits)
    halves = np.empty((pairs, d), dtype=bool)
    for start in range(0, pairs, order):
        place = start // order % order
        if place == 0:
            draw = np.random.Generator(np.random.Philox([seed, start // order**2]))
            elements = np.argsort(draw.random(order))[:d]
            columns = (elements | _cubes(elements, bits) << bits).astype(np.uint32)
            signs = draw.random(d) < 0.5
        rows = (np.argsort(draw.random(order)) | runs[place] << bits).astype(np.uint32)[: pairs - start]
        first = draw.random(order)[: pairs - start] < 0.5
        odd = np.bitwise_count(rows[:, None] & columns) & 1
        halves[start : start + order] = odd.astype(bool) ^ signs ^ first[:, None]
    return halves


def _order_of_runs(bits: int) -> list[int]:
    """0 to 2^bits - 1: four whose sums are among them, best for main effects; what spans the others; the others."""
    first = [0, 1, 2, 3, *(1 << bit for bit in range(2, bits))]
    return first + sorted(set(range(1 << bits)) - set(first))


def _cubes(elements: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """(d,) third powers in the field of 2^bits elements."""
    return _product(_product(elements, elements, bits), elements, bits)


def _product(a: NDArray[np.int64], b: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    product = np.zeros_like(a)
    for bit in range(bits):
        product ^= np.where(b >> bit & 1, a, 0)
        a = a << 1
        a = np.where(a >> bits, a ^ _MODULUS[bits], a)
    return product
