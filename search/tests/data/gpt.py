"""Writes gpt.json: logits, loss and gradients of small GPTs by PyTorch in double precision.

    python gpt.py > gpt.json

Element i of the k-th variable, in the order of the names, is 0.3 sin(0.37 i + k), and 1 more in the scales of normalisations.
Of each gradient g there are two numbers: the sum of g_i cos(0.11 i), and the sum of squares.
"""
import json
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width, heads, bias, gated):
        super().__init__()
        self.heads = heads
        self.ln_1 = nn.LayerNorm(width, bias=bias)
        self.attn = nn.ModuleDict({
            "c_attn": nn.Linear(width, 3 * width, bias=bias),
            "c_proj": nn.Linear(width, width, bias=bias),
        })
        hidden = -(-8 * width // 3) if gated else 4 * width
        self.ln_2 = nn.LayerNorm(width, bias=bias)
        self.mlp = nn.ModuleDict({
            "c_fc": nn.Linear(width, hidden, bias=bias),
            "c_proj": nn.Linear(hidden, width, bias=bias),
        })
        if gated:
            self.mlp["c_gate"] = nn.Linear(width, hidden, bias=bias)

    def forward(self, x):
        n, t, width = x.shape
        heads = lambda part: part.view(n, t, self.heads, width // self.heads).transpose(1, 2)
        q, k, v = map(heads, self.attn["c_attn"](self.ln_1(x)).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn["c_proj"](y.transpose(1, 2).reshape(n, t, width))
        y = self.ln_2(x)
        value = self.mlp["c_fc"](y)
        hidden = F.gelu(self.mlp["c_gate"](y)) * value if "c_gate" in self.mlp else F.gelu(value)
        return x + self.mlp["c_proj"](hidden)


class Gpt(nn.Module):
    def __init__(self, layers, heads, width, context, vocabulary, tied, bias, gated=False):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(vocabulary, width),
            "wpe": nn.Embedding(context, width),
            "h": nn.ModuleList(Block(width, heads, bias, gated) for _ in range(layers)),
            "ln_f": nn.LayerNorm(width, bias=bias),
        })
        if not tied:
            self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.tied = tied

    def forward(self, tokens):
        parts = self.transformer
        x = parts["wte"](tokens) + parts["wpe"](torch.arange(tokens.shape[1]))
        for block in parts["h"]:
            x = block(x)
        x = parts["ln_f"](x)
        return x @ parts["wte"].weight.T if self.tied else self.lm_head(x)


def case(**config):
    model = Gpt(**config).double()
    variables = sorted(model.named_parameters())
    with torch.no_grad():
        for k, (name, variable) in enumerate(variables):
            i = torch.arange(variable.numel(), dtype=torch.float64)
            values = 0.3 * torch.sin(0.37 * i + k)
            if ".ln_" in name and name.endswith("weight"):
                values = values + 1
            variable.copy_(values.view_as(variable))
    length = config["context"] - 1
    count = 2 * length
    tokens = (torch.arange(count) * 7 + 3) % config["vocabulary"]
    targets = (torch.arange(count) * 5 + 1) % config["vocabulary"]
    logits = model(tokens.view(2, length))
    loss = F.cross_entropy(logits.view(count, -1), targets)
    loss.backward()
    gradients = {}
    for name, variable in variables:
        g = variable.grad.flatten()
        i = torch.arange(g.numel(), dtype=torch.float64)
        gradients[name] = [float((g * torch.cos(0.11 * i)).sum()), float((g * g).sum())]
    return {"config": config, "loss": loss.item(), "logits": logits.detach().flatten().tolist(), "gradients": gradients}


shape = dict(layers=2, heads=3, width=12, context=6, vocabulary=11)
print(json.dumps([case(**shape, tied=False, bias=True), case(**shape, tied=True, bias=False), case(**shape, tied=True, bias=True, gated=True)], indent=1))
