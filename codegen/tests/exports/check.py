"""Checks what users of one target rely on, beyond values.

    python check.py FOLDER WHAT

FOLDER has `plan.json` and the emitted files.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from run import load, plan, session_of, snake  # noqa: E402

folder = pathlib.Path(sys.argv[1])
names = {entry["name"]: entry for entry in plan["functions"]}


def layer(name, **arguments):
    return getattr(load(name, "torch"), name)(**arguments)


def torch():
    import torch
    from torch.autograd import gradcheck, gradgradcheck

    x = torch.tensor([-3.1, -0.7, 0.4, 2.3], dtype=torch.float64).reshape(-1, 1)
    for name in ["ActGelu", "ActMish", "ActSwish", "ActXIelu", "ActSwiGlu", "ActSnake"]:
        module = layer(name).double()
        inputs = [x.clone().requires_grad_(), (x * 0.3).requires_grad_()]
        inputs = inputs[: names[name]["inputs"]]
        assert gradcheck(module, inputs), name
        assert gradgradcheck(module, inputs), name
        parameters = list(module.parameters())
        if parameters:
            module(*inputs).sum().backward()
            assert all(parameter.grad is not None for parameter in parameters), name
        # What graphs are captured for is the same function.
        scripted = torch.jit.script(module)
        torch.testing.assert_close(scripted(*inputs), module(*inputs))
        exported = torch.export.export(module, tuple(i.detach() for i in inputs))
        torch.testing.assert_close(exported.module()(*inputs), module(*inputs))

    # The input alone is kept for the backward pass.
    saved = []
    wide = torch.randn(1000, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(saved.append, lambda tensor: tensor):
        layer("ActFound1")(wide)
    assert len(saved) == 1 and saved[0].shape == wide.shape, saved

    for dtype in (torch.float16, torch.bfloat16):
        y = layer("ActGelu")(wide.to(dtype))
        exact = layer("ActGelu")(wide.to(dtype).float()).to(dtype)
        assert y.dtype == dtype and torch.equal(y, exact)

    channels = layer("ActChannelPRelu", channels=3)
    images = torch.randn(2, 3, 4, 4, requires_grad=True)
    channels(images).sum().backward()
    assert channels.a.grad.shape == (3,) and images.grad.shape == images.shape
    assert "3 along dimension 1" in repr(channels), repr(channels)
    assert "beta=1" in repr(layer("ActSwish"))
    per_sample = torch.func.vmap(torch.func.grad(lambda x: layer("ActGelu")(x)))
    torch.testing.assert_close(per_sample(wide), torch.func.vmap(torch.func.grad(lambda x: torch.nn.functional.gelu(x)))(wide))


def jax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    gelu = load("ActGelu", "jax").act_gelu
    swish = load("ActSwish", "jax").act_swish
    x = jnp.array([-2.0, -0.3, 0.7, 3.0])
    twice = jax.vmap(jax.grad(jax.grad(gelu)))(x)
    exact = jax.vmap(jax.grad(jax.grad(lambda x: jax.nn.gelu(x, approximate=False))))(x)
    assert jnp.allclose(twice, exact, rtol=1e-10), (twice, exact)
    by_beta = jax.jit(jax.grad(lambda beta: swish(x, beta).sum()))(1.5)
    step = 1e-6
    quotient = (swish(x, 1.5 + step).sum() - swish(x, 1.5 - step).sum()) / (2 * step)
    assert abs(by_beta - quotient) < 1e-8, (by_beta, quotient)
    assert gelu(jnp.bfloat16(1.0)).dtype == jnp.bfloat16


def onnx():
    import numpy as np
    from onnx import checker, load, parser, printer

    x = np.linspace(-4, 4, 33, dtype=np.float32).reshape(-1, 1)
    for entry in plan["functions"]:
        name = entry["name"]
        for dtype in ("float32", "float64", "float16", "bfloat16"):
            checker.check_model(str(folder / f"{name}.{dtype}.onnx"), full_check=True)
        # The text is the same model.
        text = parser.parse_model((folder / f"{name}.onnx").read_text())
        file = load(folder / f"{name}.float32.onnx")
        assert printer.to_text(text) == printer.to_text(file), name
        # Half types are computed in f32.
        given = {"x": x, "gate": np.full_like(x, plan["gate"])}
        given = dict(list(given.items())[: entry["inputs"]])
        halves = {key: value.astype(np.float16) for key, value in given.items()}
        (half,) = session_of(entry, "float16").run(None, halves)
        wide = {key: value.astype(np.float32) for key, value in halves.items()}
        (single,) = session_of(entry, "float32").run(None, wide)
        assert half.dtype == np.float16 and np.array_equal(half, single.astype(np.float16)), name


def formats():
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for entry in plan["functions"]:
            for target in ("torch", "jax", "python"):
                text = (folder / f"{entry['name']}.{target}").read_text()
                (scratch / f"{entry['name']}_{target}.py").write_text(text)
        subprocess.run([sys.executable, "-m", "black", "--check", "--quiet", scratch], check=True)
        subprocess.run(
            [sys.executable, "-m", "ruff", "check", "--quiet", "--select", "E4,E7,E9,F", scratch],
            check=True,
        )
    import clang_format

    formatter = clang_format.get_executable("clang-format")
    for entry in plan["functions"]:
        path = folder / f"{entry['name']}.c"
        formatted = subprocess.run([formatter, path], capture_output=True, text=True).stdout
        assert formatted == path.read_text(), path


def latex():
    text = r"\documentclass{article}\usepackage{amsmath}\begin{document}"
    for entry in plan["functions"]:
        text += "\n" + (folder / f"{entry['name']}.latex").read_text()
    text += r"\end{document}"
    with tempfile.TemporaryDirectory() as scratch:
        (pathlib.Path(scratch) / "all.tex").write_text(text)
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-2000:]


globals()[sys.argv[2]]()
