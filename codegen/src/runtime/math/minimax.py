"""Derives the polynomial coefficients in the files beside this one.

Method: Remez exchange on a dense Chebyshev grid for  min over P of  max |w(x) (P(x) - g(x))|,  with g and w evaluated to
40 digits.  The coefficients are then rounded to f32 one at a time, lowest order first, and the free ones are fitted again
after each rounding; where 0 lies inside the interval they are rounded all at once, and their neighbours tried.  Prints the
coefficients, lowest order first, and the weighted error that is left, in units of 2^-24.

    python3 -m venv venv && venv/bin/pip install mpmath numpy
    venv/bin/python minimax.py            # all, a quarter of an hour
    venv/bin/python minimax.py EXP LOG    # some
"""
import itertools

import numpy as np
from mpmath import mp, mpf
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


def polished(cs, xs, gs, ws):
    """The best of the coefficients that differ from `cs` by a few f32 units in the lowest orders."""
    xs, gs, ws = (np.array([float(v) for v in vs]) for vs in (xs, gs, ws))
    spans = [6, 12, 6, 3, 1] + [0] * len(cs)
    units = np.array([float(np.spacing(c)) for c in cs])
    powers = np.vander(xs, len(cs), increasing=True)
    start = np.array([float(c) for c in cs])
    tries = itertools.product(*[range(-s, s + 1) for s in spans[: len(cs)]])
    worst = lambda steps: np.max(np.abs(ws * (powers @ (start + units * steps) - gs)))
    return start + units * np.array(min(tries, key=lambda steps: worst(np.array(steps))))


def fit(name, g, w, lo, hi, degree, single=True, points=700):
    lo, hi = mpf(lo), mpf(hi)
    xs = [(lo + hi) / 2 + (hi - lo) / 2 * m.cos(m.pi * (i + mpf(1) / 2) / points) for i in range(points)]
    gs, ws = [g(x) for x in xs], [w(x) for x in xs]
    to_f32 = lambda c: mpf(float(np.float32(float(c))))
    fixed = remez(xs, gs, ws, degree, [])[0]
    if single and lo < 0:
        # Zero lies inside, where the free powers vanish: no alternation to refit.
        fixed = [mpf(float(c)) for c in polished([np.float32(float(c)) for c in fixed], xs, gs, ws)]
    elif single:
        fixed = []
        while len(fixed) <= degree:
            fixed.append(to_f32(remez(xs, gs, ws, degree, fixed)[0][len(fixed)]))
    cs, err = remez(xs, gs, ws, degree, fixed)
    show = [repr(float(c)) if not single else str(np.float32(float(c))) for c in cs]
    print(f"{name}: error {m.nstr(err * 2**24, 3)} * 2^-24\n    [{', '.join(show)}]")


HALF_LN2 = m.log(2) / 2 * mpf("1.0001")
# Of the multiples of 2^-20 near 3.75, where the error of TAIL is least for its degree, one whose first two coefficients are nearly
# f32 numbers.
K = mpf(3912646) / 2**20
JOBS = {
    # The coefficients after 1 + r + r^2/2.
    "EXP": lambda: fit("EXP", lambda r: (m.expm1(r) - r - r**2 / 2) / r**3, lambda r: abs(r**3) / m.exp(r), -HALF_LN2, HALF_LN2, 3),
    "LOG": lambda: fit("LOG", lambda f: (m.log1p(f) - f + f**2 / 2) / f**3, lambda f: f**3 / m.log1p(f), -mpf(1) / 3, mpf(1) / 3, 8),
    "TAIL": lambda: fit("TAIL", tail_scaled, lambda t: 1 / tail_scaled(t), (mpf("0.8199") - K) / (mpf("0.8199") + K), (mpf("14.5") - K) / (mpf("14.5") + K), 8, points=300),
    # In x^2/2; the code has the variable, and so every second coefficient, of the other sign.
    "NORMAL_NEAR": lambda: fit("NORMAL_NEAR", normal_near, lambda u: 1 / normal_near(u), mpf(10) ** -9, mpf("0.84") ** 2 / 2, 4),
    "SOFTPLUS": lambda: fit("SOFTPLUS", lambda e: (m.log1p(e) / e - 1) / e, lambda e: e**2 / m.log1p(e), mpf(10) ** -9, 1, 8),
    "ERF_SMALL": lambda: fit("ERF_SMALL", lambda u: m.erf(m.sqrt(u)) / m.sqrt(u) - 1, lambda u: m.sqrt(u) / m.erf(m.sqrt(u)), mpf(10) ** -12, mpf("0.85"), 5),
    "ERF_LARGE": lambda: fit("ERF_LARGE", lambda a: -m.log(m.erfc(a)), lambda a: m.erfc(a), mpf("0.9"), mpf("3.93"), 7),
    # For f64 without libm: in (a - 2.5)/(a + 2.5), and in x^2.
    "ERFC_F64": lambda: fit("ERFC_F64", erfc_scaled, lambda t: 1 / erfc_scaled(t), mpf("-0.6667"), mpf("24.8") / mpf("29.8"), 22, single=False, points=300),
    "ERF_F64": lambda: fit("ERF_F64", lambda u: m.erf(m.sqrt(u)) / m.sqrt(u) - 1, lambda u: m.sqrt(u) / m.erf(m.sqrt(u)), mpf(10) ** -14, mpf("0.2501"), 8, single=False, points=300),
    "SINH": lambda: fit("SINH", lambda u: (m.sinh(m.sqrt(u)) / m.sqrt(u) - 1) / u, lambda u: u * m.sqrt(u) / m.sinh(m.sqrt(u)), mpf(10) ** -12, 1, 3),
    "TANHSHRINK": lambda: fit("TANHSHRINK", lambda u: (1 - m.tanh(m.sqrt(u)) / m.sqrt(u)) / u, lambda u: u / (1 - m.tanh(m.sqrt(u)) / m.sqrt(u)), mpf(10) ** -12, 1, 7),
    "TANHSHRINK_F64": lambda: fit("TANHSHRINK_F64", lambda u: (1 - m.tanh(m.sqrt(u)) / m.sqrt(u)) / u, lambda u: u / (1 - m.tanh(m.sqrt(u)) / m.sqrt(u)), mpf(10) ** -12, 1, 15, single=False),
    "ATAN": lambda: fit("ATAN", lambda u: (m.atan(m.sqrt(u)) / m.sqrt(u) - 1) / u, lambda u: u * m.sqrt(u) / m.atan(m.sqrt(u)), mpf(10) ** -12, 1, 8),
    "SINC": lambda: fit("SINC", lambda u: (m.sin(m.pi * m.sqrt(u)) / (m.pi * m.sqrt(u)) - 1) / u, lambda u: u / (m.sin(m.pi * m.sqrt(u)) / (m.pi * m.sqrt(u))), mpf(10) ** -12, mpf("0.2501"), 4),
    # In the square of the distance to the nearest integer.
    "COS_PI": lambda: fit("COS_PI", lambda u: (m.cos(m.pi * m.sqrt(u)) - 1) / u, lambda u: u, mpf(10) ** -12, mpf("0.2501"), 4),
    "SINC_SLOPE": lambda: fit("SINC_SLOPE", sinc_grad, lambda u: 1 / sinc_grad(u), mpf(10) ** -6, mpf("0.2501"), 5),
    "SIN": lambda: fit("SIN", lambda u: (m.sin(m.sqrt(u)) / m.sqrt(u) - 1) / u, lambda u: u * m.sqrt(u) / m.sin(m.sqrt(u)), mpf(10) ** -12, mpf("0.617"), 2),
    "COS": lambda: fit("COS", lambda u: (m.cos(m.sqrt(u)) - 1) / u, lambda u: u / m.cos(m.sqrt(u)), mpf(10) ** -12, mpf("0.617"), 3),
}


def tail_scaled(t):
    """(a + K) exp(a^2/2) Q(a) with t = (a - K) / (a + K) and Q(a) = erfc(a / sqrt 2) / 2, the normal tail."""
    a = K * (1 + t) / (1 - t)
    return (a + K) * m.exp(a * a / 2) * m.erfc(a / m.sqrt(2)) / 2


def erfc_scaled(t):
    """(a + 2.5) exp(a^2) erfc(a) with t = (a - 2.5) / (a + 2.5)."""
    a = mpf("2.5") * (1 + t) / (1 - t)
    return (a + mpf("2.5")) * m.exp(a * a) * m.erfc(a)


def normal_near(u):
    """(Phi(x) - 1/2) / x with u = x^2/2."""
    x = m.sqrt(2 * u)
    return m.erf(x / m.sqrt(2)) / (2 * x)


def sinc_grad(u):
    """The derivative of sin(pi x) / (pi x), over x, with u = x^2."""
    z = m.pi * m.sqrt(u)
    return (m.cos(z) - m.sin(z) / z) / u


if __name__ == "__main__":
    import sys
    for name in sys.argv[1:] or JOBS:
        JOBS[name]()
