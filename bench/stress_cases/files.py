"""Files for the cases: tables, images, Parquet by hand, and damage."""

import gzip
import struct

from .runner import CORPUS


def table(random, rows, columns=2, header=True):
    """Returns a CSV table of uniform numbers whose target y is linear in them, with a little noise."""
    lines = [",".join([*(f"x{j}" for j in range(columns)), "y"])] if header else []
    for _ in range(rows):
        x = [random.random() for _ in range(columns)]
        y = sum((j + 1) * value * (-1) ** j for j, value in enumerate(x)) + random.random() / 10
        lines.append(",".join(f"{value:.5f}" for value in [*x, y]))
    return "\n".join(lines) + "\n"


def mixed(random, rows):
    """Returns a CSV table with numbers, texts, dates, missing cells and quotes, and a target of two classes."""
    lines = ["a,b,c,d,y"]
    for _ in range(rows):
        a, label = random.random(), random.choice(["yes", "no"])
        color = random.choice(["red", '"gr,een"', '"bl""ue"', ""])
        lines.append(
            f"{a:.4f},{color},2024-0{random.randint(1, 9)}-1{random.randint(0, 9)},{random.choice(['1', ''])},{label}"
        )
    return "\n".join(lines) + "\n"


def libsvm(random, rows, features=30):
    """Returns rows in the libsvm format with two classes, which depend on the first of four features."""
    lines = []
    for _ in range(rows):
        indices = sorted(random.sample(range(1, features + 1), 4))
        label = 1 if indices[0] <= features // 6 else -1
        lines.append(f"{label} " + " ".join(f"{k}:{random.random():.3f}" for k in indices))
    return "\n".join(lines) + "\n"


def images(random, count, side=3):
    """Returns an IDX file of images and one of their labels."""
    pixels = bytes(random.randrange(256) for _ in range(count * side * side))
    labels = bytes(i % 2 for i in range(count))
    return struct.pack(">IIII", 0x803, count, side, side) + pixels, struct.pack(">II", 0x801, count) + labels


def seeds(random):
    """Returns small files of every format: pairs of a name and bytes, with the target's column."""
    image, labels = images(random, 30)
    made = {
        "table.csv": (table(random, 40).encode(), "y"),
        "mixed.csv": (mixed(random, 60).encode(), "y"),
        "mixed.tsv": (mixed(random, 60).replace(",", "\t").encode(), "y"),
        "rows.libsvm": (libsvm(random, 40).encode(), "label"),
        "table.csv.gz": (gzip.compress(mixed(random, 60).encode(), mtime=0), "y"),
        "x-images-idx3-ubyte": (image, "label"),
        "x-labels-idx1-ubyte": (labels, "label"),
    }
    for path in sorted((CORPUS / "bytes").iterdir()):
        if path.suffix in {".parquet", ".arrow", ".arrows", ".zst"}:
            made[path.name] = (path.read_bytes(), "y")
    return made


def damaged(random, content):
    """Returns a damaged copy and what was done to it."""
    size = len(content)
    place = random.randrange(size)
    kind = random.choices(["flip", "burst", "integer", "truncate", "cut", "repeat"], [300, 60, 60, 66, 10, 10])[0]
    changed = bytearray(content)
    if kind == "flip":
        changed[place] ^= 1 << random.randrange(8)
    elif kind == "burst":
        end = min(size, place + random.randint(1, 16))
        changed[place:end] = random.randbytes(end - place)
    elif kind == "integer":
        width = random.choice(["<i", "<q", ">i", ">q"])
        largest = 2 ** (8 * struct.calcsize(width) - 1)
        value = struct.pack(width, random.choice([-largest, -1, 0, 1, largest - 1, largest // 2]))
        changed[place : place + len(value)] = value
    elif kind == "truncate":
        del changed[place:]
    elif kind == "cut":
        del changed[place : place + random.randint(1, 64)]
    else:
        changed[place:place] = changed[place : place + random.randint(1, 64)] * random.randint(1, 50)
    return bytes(changed), f"{kind} at byte {place}"


def varint(number):
    """Variable-length integer of Thrift's compact protocol."""
    out = b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


def zigzag(number):
    """Signed integer of Thrift's compact protocol."""
    return varint((number << 1) ^ (number >> 63))


def text(value):
    """Text of Thrift's compact protocol."""
    return varint(len(value)) + value


def items(kind, values):
    """List of Thrift's compact protocol."""
    size = bytes([len(values) << 4 | kind]) if len(values) < 15 else bytes([0xF0 | kind]) + varint(len(values))
    return size + b"".join(values)


def structure(*fields):
    """Structure of Thrift's compact protocol: triples of a field's number, type and bytes."""
    out, last = b"", 0
    for number, kind, value in fields:
        out, last = out + bytes([(number - last) << 4 | kind]) + value, number
    return out + b"\0"


def group(name, children):
    """Group of a Parquet schema."""
    return structure((3, 5, zigzag(0)), (4, 8, text(name)), (5, 5, zigzag(children)))


LEAF = structure((1, 5, zigzag(5)), (3, 5, zigzag(0)), (4, 8, text(b"y")))


def parquet(schema, rows=0, groups=(), body=b""):
    """Parquet file with this schema, number of rows, row groups and pages."""
    footer = structure(
        (1, 5, zigzag(1)), (2, 9, items(12, schema)), (3, 6, zigzag(rows)), (4, 9, items(12, list(groups)))
    )
    return b"PAR1" + body + footer + struct.pack("<I", len(footer)) + b"PAR1"


def column_chunk(count, size, codec, encoding, data, dictionary=None):
    """Column chunk of a Parquet file: values, bytes, codec, encoding and the offsets of its pages."""
    fields = [(1, 5, zigzag(5)), (2, 9, items(5, [zigzag(encoding)])), (3, 9, items(8, [text(b"y")]))]
    fields += [(4, 5, zigzag(codec)), (5, 6, zigzag(count)), (6, 6, zigzag(size)), (7, 6, zigzag(size))]
    fields += [(9, 6, zigzag(data))] + ([(11, 6, zigzag(dictionary))] if dictionary else [])
    return structure((2, 6, zigzag(data)), (3, 12, structure(*fields)))


def row_group(columns, count, size):
    """Row group of a Parquet file."""
    return structure((1, 9, items(12, columns)), (2, 6, zigzag(size)), (3, 6, zigzag(count)))


def page(count, unpacked, body, encoding=0):
    """Data page of a Parquet file that claims this number of values and of unpacked bytes."""
    head = structure((1, 5, zigzag(count)), (2, 5, zigzag(encoding)), (3, 5, zigzag(3)), (4, 5, zigzag(3)))
    fields = (1, 5, zigzag(0)), (2, 5, zigzag(unpacked)), (3, 5, zigzag(len(body))), (5, 12, head)
    return structure(*fields) + body
