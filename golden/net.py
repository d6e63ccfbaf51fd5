"""Writes net.json: torch's results for small multilayer perceptrons and their initialization.

Made with Python 3.11.7 and torch 2.15.0, in float64.
Usage
    pip install torch==2.15.0
    python golden/net.py

A case has the widths of its layers, its parameters (layer by layer: weights, outputs x inputs, then
the bias), rows, targets, and of `mean over the rows of half the squared distance of scores and
target`: the scores, the value and the gradient. `limits` are the bounds between which
torch.nn.init draws weights, by rule and by (outputs, inputs).
"""

import json
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def wave(count, step, size):
    """Returns numbers without a pattern that could hide a mistake."""
    return torch.sin(torch.arange(1, count + 1) * step) * size


def case(widths, activation, rows):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(inputs, outputs), {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[activation]()]
    net = torch.nn.Sequential(*layers[:-1])
    start = wave(sum(p.numel() for p in net.parameters()), 1.7, 0.9)
    torch.nn.utils.vector_to_parameters(start, net.parameters())
    x = wave(rows * widths[0], 2.3, 1.5).reshape(rows, -1)
    y = wave(rows * widths[-1], 0.9, 2.0).reshape(rows, -1)
    scores = net(x)
    loss = 0.5 * ((scores - y) ** 2).sum() / rows
    loss.backward()
    gradient = torch.cat([p.grad.reshape(-1) for p in net.parameters()])
    flat = {"parameters": start, "x": x, "y": y, "scores": scores, "gradient": gradient}
    numbers = {name: values.detach().reshape(-1).tolist() for name, values in flat.items()}
    return {"widths": widths, "activation": activation, **numbers, "loss": loss.item()}


def limit(rule, outputs, inputs):
    draw = {
        "relu": lambda w: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu"),
        "tanh": torch.nn.init.xavier_uniform_,
    }[rule]
    torch.manual_seed(0)
    # The largest of n draws is below the bound by about 1/n of it.
    largest = max(draw(torch.empty(outputs, inputs)).abs().max().item() for _ in range(2000))
    return {"rule": rule, "outputs": outputs, "inputs": inputs, "limit": largest}


document = {
    "cases": [
        case([3, 4, 2], "relu", 5),
        case([3, 4, 2], "tanh", 5),
        case([5, 7, 3, 6, 1], "relu", 4),
        case([5, 7, 3, 6, 1], "tanh", 4),
        case([2, 3], "relu", 3),
        case([1, 1, 1], "tanh", 1),
        case([9, 20, 11], "relu", 70),
    ],
    "limits": [limit(rule, *shape) for rule in ("relu", "tanh") for shape in ((30, 20), (8, 64))],
}
Path(__file__).with_name("net.json").write_text(json.dumps(document) + "\n")
