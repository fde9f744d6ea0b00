"""Runs emitted files with the real tool of one target.

    python run.py FOLDER TARGET

FOLDER has `plan.json` and the emitted files. Prints one JSON object: for each
type, each function's values and derivatives at the points, as text that keeps
every bit.
"""

import importlib.util
import json
import math
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
target = sys.argv[2]
plan = json.loads((folder / "plan.json").read_text())
points = [float(point) for point in plan["points"]]


def load(name, extension):
    path = folder / f"{name}.{extension}"
    loader = importlib.machinery.SourceFileLoader(f"{name}_{extension}", str(path))
    spec = importlib.util.spec_from_file_location(loader.name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(values):
    return [repr(float(value)) for value in values]


def snake(entry):
    return entry["function"]


def run_python():
    import numpy as np

    results = {}
    for dtype in ("float32", "float64"):
        x = np.array(points, dtype).reshape(-1, 1)
        gate = np.full_like(x, plan["gate"])
        results[dtype] = {}
        for entry in plan["functions"]:
            module = load(entry["name"], "python")
            inputs = [x, gate][: entry["inputs"]]
            value = getattr(module, snake(entry))(*inputs)
            assert value.dtype == x.dtype and value.shape == x.shape
            several = entry["inputs"] > 1 or entry["trained"]
            if several:
                slope = getattr(module, snake(entry) + "_gradient")(*inputs)[0]
            else:
                slope = getattr(module, snake(entry) + "_derivative")(*inputs)
            slope = np.broadcast_to(slope, x.shape)
            results[dtype][entry["name"]] = [texts(value.ravel()), texts(slope.ravel())]
    return results


def run_torch():
    import torch

    results = {}
    for dtype in (torch.float32, torch.float64):
        name = str(dtype).removeprefix("torch.")
        torch.set_default_dtype(dtype)
        results[name] = {}
        for entry in plan["functions"]:
            module = getattr(load(entry["name"], "torch"), entry["name"])
            layer = module(channels=1) if entry["channels"] else module()
            layer = layer.to(dtype)
            x = torch.tensor(points, dtype=dtype).reshape(-1, 1).requires_grad_()
            gate = torch.full_like(x, plan["gate"])
            value = layer(*[x, gate][: entry["inputs"]])
            assert value.dtype == dtype
            (slope,) = torch.autograd.grad(value.sum(), x)
            results[name][entry["name"]] = [
                texts(value.detach().ravel()),
                texts(slope.ravel()),
            ]
    return results


def run_torch_compiled():
    import torch

    results = {}
    # The compiler takes seconds for each.
    functions = plan["functions"][::8]
    for dtype in (torch.float32, torch.float64):
        name = str(dtype).removeprefix("torch.")
        torch.set_default_dtype(dtype)
        layers = []
        for entry in functions:
            module = getattr(load(entry["name"], "torch"), entry["name"])
            layer = module(channels=1) if entry["channels"] else module()
            layers.append((layer.to(dtype), entry["inputs"]))

        @torch.compile(fullgraph=True)
        def all_of(xs, gate):
            return [layer(*[x, gate][:n]) for x, (layer, n) in zip(xs, layers)]

        x = torch.tensor(points, dtype=dtype).reshape(-1, 1)
        xs = [x.clone().requires_grad_() for _ in layers]
        values = all_of(xs, torch.full_like(x, plan["gate"]))
        slopes = torch.autograd.grad([value.sum() for value in values], xs)
        results[name] = {
            entry["name"]: [texts(value.detach().ravel()), texts(slope.ravel())]
            for entry, value, slope in zip(functions, values, slopes)
        }
    return results


def run_jax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    results = {}
    for dtype in ("float32", "float64"):
        x = jnp.array(points, dtype).reshape(-1, 1)
        gate = jnp.full_like(x, plan["gate"])
        results[dtype] = {}
        for entry in plan["functions"]:
            function = getattr(load(entry["name"], "jax"), snake(entry))
            inputs = [x, gate][: entry["inputs"]]

            @jax.jit
            def both(x, *rest):
                return jax.jvp(lambda x: function(x, *rest), (x,), (jnp.ones_like(x),))

            value, slope = both(*inputs)
            assert value.dtype == x.dtype
            results[dtype][entry["name"]] = [texts(value.ravel()), texts(slope.ravel())]
    return results


def session_of(entry, dtype):
    """Runs the model of a function: with ONNX Runtime, or with the evaluator of ONNX itself where that has no kernel for the type."""
    import onnxruntime

    path = str(folder / f"{entry['name']}.{dtype}.onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
        assert dtype == "float64", path
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(path)


def run_onnxruntime():
    import numpy as np

    results = {}
    for dtype in ("float32", "float64"):
        x = np.array(points, dtype).reshape(-1, 1)
        inputs = {"x": x, "gate": np.full_like(x, plan["gate"])}
        results[dtype] = {}
        for entry in plan["functions"]:
            given = dict(list(inputs.items())[: entry["inputs"]])
            with np.errstate(all="ignore"):
                (value,) = session_of(entry, dtype).run(None, given)
            assert value.dtype == x.dtype and value.shape == x.shape, entry
            results[dtype][entry["name"]] = [texts(value.ravel()), ["skip"] * len(points)]
    return results


def run_sympy():
    import sympy

    results = {"float64": {}}
    # Exact arithmetic takes seconds for each function.
    for entry in plan["functions"][::16]:
        module = load(entry["name"], "sympy")
        name = snake(entry)
        values = [[], []]
        for point in points:
            for index, name in enumerate([snake(entry), snake(entry) + "_by_x"]):
                if not math.isfinite(point):
                    values[index].append("skip")
                    continue
                given = {module.x: sympy.Rational(point)}
                for parameter, value in entry["values"].items():
                    given[getattr(module, parameter)] = sympy.Rational(value)
                expression = sympy.sympify(getattr(module, name))
                try:
                    number = expression.subs(given).evalf(30, maxn=2000)
                except TypeError:
                    # SymPy compares no NaN, in a piece that does not hold there.
                    values[index].append("skip")
                    continue
                values[index].append(repr(float(number)) if number.is_real else "nan")
        results["float64"][entry["name"]] = values
    return results


if __name__ == "__main__":
    print(json.dumps(globals()["run_" + target.replace("-", "_")]()))
