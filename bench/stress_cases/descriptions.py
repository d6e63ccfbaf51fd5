"""Descriptions in models, caches and files of runs in which each JSON value is replaced, removed or repeated."""

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


def murmur3(data):
    """MurmurHash3 of 32 bits, the checksum of a cache."""

    def scrambled(word):
        word = word * 0xCC9E2D51 & 0xFFFFFFFF
        return (word << 15 | word >> 17) * 0x1B873593 & 0xFFFFFFFF

    value, whole = 0, len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        value ^= scrambled(word)
        value = ((value << 13 | value >> 19) & 0xFFFFFFFF) * 5 + 0xE6546B64 & 0xFFFFFFFF
    value ^= scrambled(int.from_bytes(data[whole:], "little")) ^ len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        value = (value ^ value >> shift) * factor & 0xFFFFFFFF
    return value


def cached(content):
    """Splits a cache into the rows and the description at its end."""
    magic = content[-16:]
    size, checksum = struct.unpack("<QI", content[-28:-16])
    description = content[-28 - size : -28]
    assert murmur3(description) == checksum, "the checksum of a cache is that of its description"
    return content[: -28 - size], json.loads(description), magic


def cases(context):
    random = context.random
    context.write("mixed.csv", mixed(random, 60))
    models = []
    for options in ([], ["--model", "mlp:4"], ["--model", "fm:rank=2"], ["--loss", "hinge"], ["--interactions", "a*b"]):
        context.path("whole.model").unlink(missing_ok=True)
        context.run("fit", "mixed.csv", "-t", "y", "-o", "whole.model", "-e", "1", *options)
        models.append(described(context.path("whole.model").read_bytes()))
    fit_cached = ["fit", "mixed.csv", "-t", "y", "-o", "a.model", "-e", "1", "--cache", "-q"]
    context.run(*fit_cached)
    rows, description, magic = cached(context.path("mixed.csv.cache").read_bytes())
    comparison = ["compare", "rosenbrock", "--steps", "30", "--seeds", "2", "--tuning-seeds", "1", "-q"]
    context.run(*comparison, "--methods", "sgd,adam", "--protocol", "defaults", "--runs", "runs.jsonl")
    runs = [json.loads(line) for line in context.path("runs.jsonl").read_text().splitlines()]
    for _ in range(CASES // 4):
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
        changed, what = variant(random, description)
        text = json.dumps(changed).encode()
        context.write("mixed.csv.cache", rows + text + struct.pack("<QI", len(text), murmur3(text)) + magic)
        more = ["--max-memory", "128M"] if random.random() < 0.2 else []
        yield f"cache, {what}: fit --cache", context.run(*fit_cached, *more).problem()
        lines = list(runs)
        at = random.choice([0, 0, random.randrange(len(lines))])
        lines[at], what = variant(random, lines[at])
        context.write("a.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        outputs = ["--plot", "p.svg", "--report", "p.html"] if random.random() < 0.5 else []
        yield f"runs, {what}: compare --from", context.run("compare", "--from", "a.jsonl", "-q", *outputs).problem()
