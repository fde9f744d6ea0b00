"""Writes resnet.json: logits, loss and gradients of a residual network by PyTorch in double precision, in training mode.

    python resnet.py > resnet.json

Values of the variables and numbers for the gradients are as in gpt.py.
"""
import json
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.added = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        shortcut = x[:, :, ::self.stride, ::self.stride]
        before = self.added // 2
        return F.relu(y + F.pad(shortcut, (0, 0, 0, 0, before, self.added - before)))


class ResNet(nn.Module):
    def __init__(self, depth, width, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage in range(3):
            blocks = []
            for block in range((depth - 2) // 6):
                blocks.append(Block(inputs, width << stage, 2 if stage > 0 and block == 0 else 1))
                inputs = width << stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


config = dict(depth=14, width=3, channels=2, classes=5)
model = ResNet(**config).double()
variables = sorted(model.named_parameters())
with torch.no_grad():
    for k, (name, variable) in enumerate(variables):
        i = torch.arange(variable.numel(), dtype=torch.float64)
        values = 0.3 * torch.sin(0.37 * i + k)
        if "bn" in name and name.endswith("weight"):
            values = values + 1
        variable.copy_(values.view_as(variable))
images = torch.sin(0.7 * torch.arange(3 * 2 * 64, dtype=torch.float64)).view(3, 2, 8, 8)
logits = model(images)
loss = F.cross_entropy(logits, torch.tensor([1, 4, 0]))
loss.backward()
gradients = {}
for name, variable in variables:
    g = variable.grad.flatten()
    i = torch.arange(g.numel(), dtype=torch.float64)
    gradients[name] = [float((g * torch.cos(0.11 * i)).sum()), float((g * g).sum())]
print(json.dumps({"config": config, "loss": loss.item(), "logits": logits.detach().flatten().tolist(),
                  "gradients": gradients}, indent=1))
