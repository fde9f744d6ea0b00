"""Writes vit.json: logits, loss and gradients of small vision transformers by PyTorch in double precision.

    python vit.py > vit.json

Values of the variables and numbers for the gradients are as in gpt.py.
"""
import json
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width, heads, gated):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "proj": nn.Linear(width, width)})
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        hidden = -(-8 * width // 3) if gated else 4 * width
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, hidden), "fc2": nn.Linear(hidden, width)})
        if gated:
            self.mlp["fc1_g"] = nn.Linear(width, hidden)

    def forward(self, x):
        n, t, width = x.shape
        heads = lambda part: part.view(n, t, self.heads, width // self.heads).transpose(1, 2)
        q, k, v = map(heads, self.attn["qkv"](self.norm1(x)).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v)
        x = x + self.attn["proj"](y.transpose(1, 2).reshape(n, t, width))
        y = self.norm2(x)
        value = self.mlp["fc1"](y)
        hidden = F.gelu(self.mlp["fc1_g"](y)) * value if "fc1_g" in self.mlp else F.gelu(value)
        return x + self.mlp["fc2"](hidden)


class ViT(nn.Module):
    def __init__(self, patch, layers, heads, width, side, channels, classes, gated=False):
        super().__init__()
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(channels, width, patch, patch)})
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, (side // patch) ** 2 + 1, width))
        self.blocks = nn.ModuleList(Block(width, heads, gated) for _ in range(layers))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)

    def forward(self, images):
        x = self.patch_embed["proj"](images).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))


def case(**config):
    model = ViT(**config).double()
    variables = sorted(model.named_parameters())
    with torch.no_grad():
        for k, (name, variable) in enumerate(variables):
            i = torch.arange(variable.numel(), dtype=torch.float64)
            values = 0.3 * torch.sin(0.37 * i + k)
            if "norm" in name and name.endswith("weight"):
                values = values + 1
            variable.copy_(values.view_as(variable))
    images = torch.sin(0.7 * torch.arange(3 * 2 * 36, dtype=torch.float64)).view(3, 2, 6, 6)
    logits = model(images)
    loss = F.cross_entropy(logits, torch.tensor([1, 4, 0]))
    loss.backward()
    gradients = {}
    for name, variable in variables:
        g = variable.grad.flatten()
        i = torch.arange(g.numel(), dtype=torch.float64)
        gradients[name] = [float((g * torch.cos(0.11 * i)).sum()), float((g * g).sum())]
    return {"config": config, "loss": loss.item(), "logits": logits.detach().flatten().tolist(), "gradients": gradients}


shape = dict(patch=2, layers=2, heads=3, width=12, side=6, channels=2, classes=5)
print(json.dumps([case(**shape), case(**shape, gated=True)], indent=1))
