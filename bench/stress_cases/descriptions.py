"""Descriptions in models and files of runs in which each JSON value is replaced, removed or repeated."""

import copy
import json
import struct

from .files import mixed

HOSTILE = [None, True, False, 0, -0.0, -1, 1, 2**31, 2**32, 2**53 + 1, 2**63, 2**64, -(2**63), 1e308, 1e-320, 0.5]
HOSTILE += [[], {}, [[]], [None], {"": {}}, "", " ", "NaN", "-1", "\0", "\x1b[31m", "\u202e", "x" * 70_000, 'é\n\t"<&']
HOSTILE += [[1] * 1000, {str(i): i for i in range(100)}, [[[[[[[[]]]]]]]]]
CASES = 24_000


def places(value, path=()):
    """Returns the paths of all values in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def variant(random, document):
    """Returns a copy of a JSON document in which one value is replaced, removed or repeated."""
    path = random.choice(places(document))
    changed = copy.deepcopy(document)
    if not path:
        return random.choice(HOSTILE), "the whole"
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    key, what = path[-1], random.choices(["replace", "remove", "repeat"], [30, 2, 1])[0]
    if what == "remove":
        del holder[key]
    elif what == "repeat" and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[key] = random.choice(HOSTILE)
    return changed, f"{what} {'/'.join(map(str, path))} by {str(holder[key] if what == 'replace' else '')[:40]!r}"


def described(content):
    """Splits a model file into its header, the description in it, and the weights."""
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + size])
    key, value = next((k, v) for k, v in header["__metadata__"].items() if v.startswith("{"))
    description = json.loads(value)
    # Without the checksum, changes reach the checks of the description itself.
    description.pop("checksum", None)
    return header, key, description, content[8 + size :]


def cases(context):
    random = context.random
    context.write("mixed.csv", mixed(random, 60))
    models = []
    for options in ([], ["--model", "mlp:4"], ["--model", "fm:rank=2"], ["--loss", "hinge"], ["--interactions", "a*b"]):
        context.run("fit", "mixed.csv", "-t", "y", "-o", "whole.model", "-e", "1", *options)
        models.append(described(context.path("whole.model").read_bytes()))
    comparison = ["compare", "rosenbrock", "--steps", "30", "--seeds", "2", "--tuning-seeds", "1", "-q"]
    context.run(*comparison, "--methods", "sgd,adam", "--protocol", "defaults", "--runs", "runs.jsonl")
    runs = [json.loads(line) for line in context.path("runs.jsonl").read_text().splitlines()]
    for _ in range(CASES // 3):
        header, key, description, weights = random.choice(models)
        if random.random() < 0.8:
            changed, what = variant(random, description)
            metadata = header["__metadata__"] | {key: json.dumps(changed)}
            text = json.dumps(header | {"__metadata__": metadata}).encode()
        else:
            changed, what = variant(random, header)
            text = json.dumps(changed).encode()
        context.write("a.model", struct.pack("<Q", len(text)) + text + weights)
        yield f"model, {what}: inspect", context.run("inspect", "a.model").problem({0, 1, 4})
        yield f"model, {what}: predict", context.run("predict", "a.model", "mixed.csv", "-q").problem()
        lines = list(runs)
        at = random.choice([0, 0, random.randrange(len(lines))])
        lines[at], what = variant(random, lines[at])
        context.write("a.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        outputs = ["--plot", "p.svg", "--report", "p.html"] if random.random() < 0.5 else []
        yield f"runs, {what}: compare --from", context.run("compare", "--from", "a.jsonl", "-q", *outputs).problem()
