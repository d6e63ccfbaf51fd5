"""Small files that claim to be large, deep or endless."""

import gzip
import struct

from .files import LEAF, column_chunk, group, page, parquet, row_group, structure, varint, zigzag

HUGE = 2**31 - 1


def parquet_files():
    root = group(b"root", 1)
    for depth in (1, 2, 20, 50, 100, 200, 300, 1_000, 5_000, 10_000):
        yield f"depth-{depth}.parquet", parquet([root] + [group(b"g", 1)] * depth + [LEAF])
    for children in (-1, 0, 2, 3, 100, 1_000, 2**20, HUGE):
        yield f"children-{children}.parquet", parquet([group(b"root", children), LEAF])
    yield "columns.parquet", parquet([group(b"root", 200_000)] + [LEAF] * 200_000)
    for codec, body in {1: b"\xff\xff\xff\xff\x07" + b"\0" * 15, 2: gzip.compress(b"\0" * 1000), 7: b"\0" * 20}.items():
        for unpacked in (0, 1, 80, 2**16, 2**24, 2**30, HUGE, -1):
            content = page(10, unpacked, body)
            groups = [row_group([column_chunk(10, len(content), codec, 0, 4)], 10, len(content))]
            yield f"page-{codec}-{unpacked}.parquet", parquet([root, LEAF], 10, groups, content)
    dictionary_head = structure((1, 5, zigzag(2)), (2, 5, zigzag(0)))
    words = structure((1, 5, zigzag(2)), (2, 5, zigzag(16)), (3, 5, zigzag(16)), (7, 12, dictionary_head))
    words += struct.pack("<2d", 1, 2)
    for count in (10, 2**20, HUGE):
        values = page(count, 7, bytes([1]) + varint(count << 1) + b"\0", 8)
        body = words + values
        groups = [row_group([column_chunk(count, len(body), 0, 8, 4 + len(words), 4)], count, len(body))]
        yield f"run-{count}.parquet", parquet([root, LEAF], count, groups, body)
    for rows in (-1, HUGE, 2**62):
        yield f"rows-{rows}.parquet", parquet([root, LEAF], rows)
    for size in (0, 2**31, 2**32 - 1):
        yield f"footer-{size}.parquet", b"PAR1" + b"\0" * 20 + struct.pack("<I", size) + b"PAR1"


def arrow_files():
    for size in (0, -1, -8, 1, 7, 8, 9, 63, 64, 65, 255, 4_096, 2**16, 2**24, 2**30, HUGE):
        yield f"message-{size}.arrows", struct.pack("<Ii", 0xFFFF_FFFF, size) + b"\0" * 64
        yield f"footer-{size}.arrow", b"ARROW1\0\0" + b"\0" * 64 + struct.pack("<i", size) + b"ARROW1"


def idx_files():
    for shape in ([HUGE], [2**32 - 1] * 3, [0], [1, 0], [2**16, 2**16], [5, 2**31], [10] * 200):
        head = struct.pack(f">I{len(shape)}I", 0x800 + len(shape) % 256, *shape)
        yield f"shape-{len(shape)}-{shape[0]}-idx", head + b"\0" * 50
    for kind in range(0x08, 0x10):
        yield f"type-{kind}-idx", struct.pack(">II", kind << 8 | 1, 5) + b"\0" * 50


def text_files():
    yield "empty.csv", b""
    yield "blank.csv", b"\n" * 10_000
    yield "zeros.csv", b"\0" * 100_000
    yield "quote.csv", b'a,y\n"' + b"x" * 100_000
    yield "quotes.csv", b"a,y\n" + b'"' * 100_001
    yield "wide.csv", b",".join(b"c%d" % i for i in range(50_000)) + b",y\n" + b"1," * 50_000 + b"2\n"
    for columns in (20_000, 100_000):
        head = b",".join(b"c%d" % i for i in range(columns)) + b",y\n"
        yield f"constant-{columns}.csv", head + (b"1," * columns + b"2\n" + b"1," * columns + b"3\n") * 10
    yield "same.csv", b"a,a,y\n1,2,3\n4,5,6\n"
    yield "long-cell.csv", b"a,y\n" + b"".join(b"%s,%d\n" % (b"k%d" % i * 100_000, i) for i in range(5))
    letters = [b"x" * 10**6, b"y" * 10**6, b"z" * 10**6]
    yield "long-cells.csv", b"a,b,y\n" + b"".join(b"%s,%d,%d\n" % (letters[i % 3], i, i % 2) for i in range(60))
    yield "long-name.csv", b"n" * 1_000_000 + b",y\n1,2\n2,3\n3,5\n"
    yield "no-end.csv", b"a,y\n1,2\n3,4\n5,6"
    yield "returns.csv", b"a,y\r1,2\r3,4\r5,7\r"
    yield "utf16.csv", "a,y\n1,2\n3,4\n5,7\n".encode("utf-16")
    yield "numbers.csv", b"a,y\n" + b"".join(b"%s,1\n" % v for v in [b"1e400", b"-1e400", b"1e-400", b"9" * 400])
    yield "hex.csv", b"a,y\n0x1p3,1\ninfinity,2\nnan,3\n-NaN,4\n1_000,5\n"
    yield "deep.csv", b"a,y\n" + b"[" * 100_000 + b",1\n"
    for index in (-1, 0, 1, 10**7, 10**8, 2**31, 2**32, 2**53, 10**20):
        yield f"index-{index}.libsvm", f"1 {index}:1\n-1 2:1\n".encode() * 30
    for row in ("1 2:1 2:1", "1 3:1 2:1", "1 2:", "1 :1", "1 a:1", "nan 1:1", "1 1:nan", "1 1:1e400", "1 qid:3 1:1"):
        yield f"row-{abs(hash(row)) % 997}.libsvm", f"{row}\n-1 2:1\n".encode() * 30
    yield "zeros.csv.gz", gzip.compress(b"\0" * 200_000_000, 1)
    yield "lines.csv.gz", gzip.compress(b"\n" * 50_000_000, 1)
    yield "rows.csv.gz", gzip.compress(b"a,y\n" + b"1,2\n3,5\n" * 500_000, 1)
    yield "twice.csv.gz", gzip.compress(gzip.compress(b"a,y\n1,2\n"))
    yield "cut.csv.gz", gzip.compress(b"a,y\n" + b"1,2\n" * 1000)[:-9]
    yield "window.csv.zst", b"\x28\xb5\x2f\xfd\x00" + bytes([0xF8]) + b"\0" * 40


def model_files():
    for size in (0, 1, 2**24, 2**32, 2**63, 2**64 - 1):
        yield f"header-{size % 997}.model", struct.pack("<Q", size) + b"{}" * 20
    deep = b'{"__metadata__":{"thalweg":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    yield "deep.model", struct.pack("<Q", len(deep)) + deep
    for shape in ([2**63], [2**32, 2**32], [-1], [10**9]):
        head = b'{"w":{"dtype":"F32","shape":%s,"data_offsets":[0,4]}}' % str(shape).encode()
        yield f"shape-{shape[0] % 997}.model", struct.pack("<Q", len(head)) + head + b"\0" * 4


def cases(context):
    for files in (parquet_files, arrow_files, idx_files, text_files):
        for name, content in files():
            context.write(name, content)
            target = "label" if name.endswith(("idx", "libsvm")) else "y"
            for options in ([], ["--max-memory", "200M"]):
                command = ["fit", name, "-t", target, "-o", "a.model", "-q", "-e", "1", *options]
                # Without a ceiling, a weight for each of 10⁷ features is what the file asks for; 10⁸ are a case of the
                # section `ceiling`.
                if not options and name == "index-100000000.libsvm":
                    continue
                memory = 200 if options else 1_500 if name.startswith("index") else 1_000
                ended = context.run(*command)
                yield f"{name} ({len(content)} bytes): {' '.join(command)}", ended.problem(memory_mb=memory)
            context.path(name).unlink()
    for name, content in model_files():
        context.write(name, content)
        yield f"inspect {name}", context.run("inspect", name).problem({1, 4})
        yield f"predict {name}", context.run("predict", name, name).problem({1, 4})
