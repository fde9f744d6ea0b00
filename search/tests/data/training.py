"""Writes training.json: a small classifier trained by PyTorch in double precision, with the options of a training.

    python training.py > training.json

Six examples of four numbers, sin(1.3 i + 0.7 j), in the classes i % 3; the weights start at 0.3 sin(0.37 k), the biases at 0.
All six are in each step. There are the learning rate and the loss of each step, and at the end the weights, the biases, and the
averages of both.
"""
import json
import torch
import torch.nn.functional as F
from torch.optim import swa_utils

STEPS = 8
SGD = {"sgd": {"momentum": 0.9, "weight_decay": 0.01}}
NESTEROV = {"sgd": {"momentum": 0.9, "weight_decay": 0.01, "nesterov": True}}
ADAMW = {"adam": {"betas": [0.9, 0.99], "epsilon": 1e-8, "decay": {"decoupled": 0.1}, "decay_matrices_only": True}}


def optimizer(model, config, rate):
    if "sgd" in config:
        return torch.optim.SGD(model.parameters(), rate, **config["sgd"])
    adam = config["adam"]
    decay = adam["decay"]["decoupled"]
    groups = [
        {"params": [p for p in model.parameters() if p.dim() >= 2], "weight_decay": decay},
        {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, rate, betas=tuple(adam["betas"]), eps=adam["epsilon"])


def schedule(of, options):
    """The schedule after a warm-up of so many steps."""
    warmup = options.get("warmup", 0)
    kind = options.get("schedule", "cosine")
    rates = torch.optim.lr_scheduler
    if kind == "cosine":
        main = rates.CosineAnnealingLR(of, STEPS - warmup, options.get("final_rate", 0.0))
    elif kind == "constant":
        main = rates.ConstantLR(of, factor=1.0)
    else:
        steps = kind["multistep"]
        main = rates.MultiStepLR(of, [at - warmup for at in steps["milestones"]], steps["factor"])
    if warmup == 0:
        return main
    linear = rates.LinearLR(of, start_factor=1 / (warmup + 1), total_iters=warmup)
    return rates.SequentialLR(of, [linear, main], [warmup])


def case(name, optimizer_config, rate, batch=6, **options):
    i, j = torch.arange(6.0, dtype=torch.float64), torch.arange(4.0, dtype=torch.float64)
    x = torch.sin(1.3 * i[:, None] + 0.7 * j[None])
    y = torch.arange(6) % 3
    model = torch.nn.Linear(4, 3).double()
    with torch.no_grad():
        model.weight.copy_(0.3 * torch.sin(0.37 * torch.arange(12.0, dtype=torch.float64)).view(3, 4))
        model.bias.zero_()
    steps = optimizer(model, optimizer_config, rate)
    rates = schedule(steps, options)
    average = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(options.get("average", 0.0)))
    seen, losses = [], []
    for _ in range(STEPS):
        seen.append(steps.param_groups[0]["lr"])
        steps.zero_grad()
        loss = F.cross_entropy(model(x), y, label_smoothing=options.get("label_smoothing", 0.0))
        loss.backward()
        if "clip" in options:
            torch.nn.utils.clip_grad_norm_(model.parameters(), options["clip"])
        steps.step()
        rates.step()
        average.update_parameters(model)
        losses.append(loss.item())
    config = {"epochs": STEPS, "batch": batch, "learning_rate": rate, "optimizer": optimizer_config, "options": options, "seed": 0}
    final = [p.detach().flatten().tolist() for p in (model.bias, model.weight)]
    averaged = [p.detach().flatten().tolist() for p in (average.module.bias, average.module.weight)]
    return {"name": name, "config": config, "rates": seen, "losses": losses, "final": final, "averaged": averaged}


print(json.dumps([
    case("cosine", SGD, 0.5),
    case("constant", SGD, 0.1, schedule="constant"),
    case("multistep after a warm-up", SGD, 0.5, warmup=2, schedule={"multistep": {"milestones": [4, 6], "factor": 0.2}}),
    case("cosine to a rate after a warm-up", SGD, 0.5, warmup=3, final_rate=0.05),
    case("Nesterov", NESTEROV, 0.2),
    case("clip", SGD, 1.0, clip=0.2),
    case("label smoothing", SGD, 0.5, label_smoothing=0.1),
    case("accumulation", SGD, 0.5, batch=3, accumulate=2),
    case("average", SGD, 0.5, average=0.7),
    case("all with AdamW", ADAMW, 0.1, batch=2, warmup=2, clip=0.5, accumulate=3, label_smoothing=0.2, average=0.5),
], indent=1))
