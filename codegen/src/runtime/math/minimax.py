"""Derives the polynomial coefficients of `f32.rs`.

Method: Remez exchange on a dense Chebyshev grid for  min over P of  max |w(x) (P(x) - g(x))|,  with g and w evaluated to
40 digits.  The coefficients are then rounded to f32 one at a time, lowest order first, and the free ones are fitted again
after each rounding.  Prints the coefficients, lowest order first, and the weighted error that is left, in units of 2^-24.

    pip install mpmath numpy && python3 minimax.py
"""
import numpy as np
from mpmath import mp, mpf, mpmathify, chop
import mpmath as m

mp.dps = 40


def remez(xs, g, w, degree, fixed):
    """Weighted minimax fit of degree `degree` on the grid; the coefficients in `fixed` (lowest first) are given."""
    k = len(fixed)
    free = degree + 1 - k
    rest = [gi - sum(c * x**i for i, c in enumerate(fixed)) for x, gi in zip(xs, g)]
    if free == 0:
        return list(fixed), max(abs(wi * r) for wi, r in zip(w, rest))
    n = len(xs)
    idx = [round((n - 1) * (1 - np.cos(np.pi * (i + 0.5) / (free + 1))) / 2) for i in range(free + 1)]
    for _ in range(30):
        a = m.matrix(free + 1, free + 1)
        b = m.matrix(free + 1, 1)
        for row, i in enumerate(idx):
            for col in range(free):
                a[row, col] = w[i] * xs[i] ** (k + col)
            a[row, free] = mpf(-1) ** row
            b[row] = w[i] * rest[i]
        sol = m.lu_solve(a, b)
        cs = [sol[i] for i in range(free)]
        err = []
        for x, wi, r in zip(xs, w, rest):
            p = mpf(0)
            for c in reversed(cs):
                p = p * x + c
            err.append(wi * (p * x**k - r))
        # One extremum for each run of equal sign; the best window of consecutive ones is the new reference.
        new, run = [], [0]
        for i in range(1, n):
            if (err[i] > 0) == (err[run[-1]] > 0):
                run.append(i)
            else:
                new.append(max(run, key=lambda j: abs(err[j])))
                run = [i]
        new.append(max(run, key=lambda j: abs(err[j])))
        while len(new) > free + 1:
            new.pop(0 if abs(err[new[0]]) < abs(err[new[-1]]) else -1)
        worst = max(abs(e) for e in err)
        if len(new) < free + 1 or new == idx:
            break
        idx = new
    return list(fixed) + cs, worst


def fit(name, g, w, lo, hi, degree, single=True, points=700):
    lo, hi = mpf(lo), mpf(hi)
    xs = [(lo + hi) / 2 + (hi - lo) / 2 * m.cos(m.pi * (i + mpf(1) / 2) / points) for i in range(points)]
    gs, ws = [g(x) for x in xs], [w(x) for x in xs]
    to_f32 = lambda c: mpf(float(np.float32(float(c))))
    fixed = remez(xs, gs, ws, degree, [])[0]
    if single and lo < 0:
        # Zero lies inside, where the free powers vanish: no alternation to refit, round all at once.
        fixed = [to_f32(c) for c in fixed]
    elif single:
        fixed = []
        while len(fixed) <= degree:
            fixed.append(to_f32(remez(xs, gs, ws, degree, fixed)[0][len(fixed)]))
    cs, err = remez(xs, gs, ws, degree, fixed)
    show = [repr(float(c)) if not single else str(np.float32(float(c))) for c in cs]
    print(f"{name}: error {m.nstr(err * 2**24, 3)} * 2^-24\n    [{', '.join(show)}]")


HALF_LN2 = m.log(2) / 2 * mpf("1.0001")
ROOT_PI = m.sqrt(m.pi)
JOBS = {
    "EXP": lambda: fit("EXP", lambda r: (m.expm1(r) - r) / r**2, lambda r: r**2 / abs(m.expm1(r)), -HALF_LN2, HALF_LN2, 5),
    "LOG": lambda: fit("LOG", lambda f: (m.log1p(f) - f + f**2 / 2) / f**3, lambda f: f**3 / m.log1p(f), -mpf(1) / 3, mpf(1) / 3, 8),
    "ERFCX": lambda: fit("ERFCX", lambda t: erfcx_scaled(t) - 1, lambda t: 1 / erfcx_scaled(t), -1, mpf("8.3") / mpf("12.3"), 9),
    "ERF_SMALL": lambda: fit("ERF_SMALL", lambda u: m.erf(m.sqrt(u)) / m.sqrt(u) - 1, lambda u: m.sqrt(u) / m.erf(m.sqrt(u)), mpf(10) ** -12, mpf("0.85"), 5),
    "ERF_LARGE": lambda: fit("ERF_LARGE", lambda a: -m.log(m.erfc(a)), lambda a: m.erfc(a), mpf("0.9"), mpf("3.93"), 7),
    "SINH": lambda: fit("SINH", lambda u: (m.sinh(m.sqrt(u)) / m.sqrt(u) - 1) / u, lambda u: u * m.sqrt(u) / m.sinh(m.sqrt(u)), mpf(10) ** -12, 1, 3),
    "TANH": lambda: fit("TANH", lambda u: (m.tanh(m.sqrt(u)) / m.sqrt(u) - 1) / u, lambda u: u * m.sqrt(u) / m.tanh(m.sqrt(u)), mpf(10) ** -12, mpf("0.4"), 4),
    "TANHSHRINK": lambda: fit("TANHSHRINK", lambda u: (1 - m.tanh(m.sqrt(u)) / m.sqrt(u)) / u, lambda u: u / (1 - m.tanh(m.sqrt(u)) / m.sqrt(u)), mpf(10) ** -12, 1, 7),
    "ATAN": lambda: fit("ATAN", lambda u: (m.atan(m.sqrt(u)) / m.sqrt(u) - 1) / u, lambda u: u * m.sqrt(u) / m.atan(m.sqrt(u)), mpf(10) ** -12, 1, 8),
    "SINC": lambda: fit("SINC", lambda u: (m.sin(m.pi * m.sqrt(u)) / (m.pi * m.sqrt(u)) - 1) / u, lambda u: u / (m.sin(m.pi * m.sqrt(u)) / (m.pi * m.sqrt(u))), mpf(10) ** -12, mpf("0.2501"), 4),
    "SIN": lambda: fit("SIN", lambda u: (m.sin(m.sqrt(u)) / m.sqrt(u) - 1) / u, lambda u: u * m.sqrt(u) / m.sin(m.sqrt(u)), mpf(10) ** -12, mpf("0.617"), 3, single=False),
    "COS": lambda: fit("COS", lambda u: (m.cos(m.sqrt(u)) - 1) / u, lambda u: u / m.cos(m.sqrt(u)), mpf(10) ** -12, mpf("0.617"), 3, single=False),
}


def erfcx_scaled(t):
    """(1 + 2 z) exp(z^2) erfc(z) with t = (z - 2) / (z + 2)."""
    z = 2 * (1 + t) / (1 - t)
    return (1 + 2 * z) * m.exp(z * z) * m.erfc(z)


if __name__ == "__main__":
    import sys
    for name in sys.argv[1:] or JOBS:
        JOBS[name]()
