"""Times of the messages between ranks: the exact sum of a gradient, as `crates/thalweg-learn/src/model/parallel_sum/
partial_sums.rs` exchanges it, with the algorithms that Open MPI 4.1 chooses for its two calls of MPI."""

import math
from collections import namedtuple

# Constants of `partial_sums.rs`: bytes of all partial sums, and of each, up to which every rank receives all of them;
# numbers of the gradient that are exchanged at a time, for each rank and in all.
MAX_GATHERED_BYTES, MAX_GATHERED_BYTES_PER_PART = 1 << 16, 1 << 11
NUMBERS_PER_RANK = 1 << 16
MAX_NUMBERS = 1 << 22

# Algorithm by which Open MPI gathers messages (`coll_tuned_decision_fixed.c`, MPI_Allgatherv): below a number of ranks,
# and below a number of bytes of each.
GATHERS = [
    (3, [(math.inf, "ring")]),
    (8, [(256, "root"), (4096, "neighbors"), (8192, "ring"), (16384, "neighbors"), (1 << 18, "bruck"),
         (math.inf, "neighbors")]),
    (16, [(1024, "root"), (math.inf, "bruck")]),
    (32, [(128, "root"), (1 << 18, "bruck"), (math.inf, "ring")]),
    (64, [(256, "root"), (8192, "bruck"), (math.inf, "ring")]),
    (128, [(256, "root"), (4096, "bruck"), (math.inf, "ring")]),
    (256, [(1024, "bruck"), (1 << 16, "neighbors"), (math.inf, "ring")]),
    (512, [(1024, "bruck"), (math.inf, "ring")]),
    (1024, [(512, "bruck"), (1024, "root"), (4096, "bruck"), (1 << 20, "neighbors"), (math.inf, "ring")]),
    (math.inf, [(4096, "bruck"), (math.inf, "neighbors")]),
]

# `latency`: seconds from the start of a short message to its end. `bytes_per_second`: what a rank sends, and receives
# at the same time. `gap`: seconds between the starts of messages to different ranks. `eager_bytes`: a longer message
# sends this many, and waits for an answer before the rest (rendezvous), behind as many bytes of the other rank.
Link = namedtuple("Link", "latency bytes_per_second gap eager_bytes")


def wire(link, message_bytes):
    """Returns the seconds that the bytes of a message take on the link."""
    return message_bytes / link.bytes_per_second


def rendezvous(link, message_bytes):
    """Returns the seconds that a long message waits for the answer to its beginning."""
    return link.latency + wire(link, link.eager_bytes) if message_bytes > link.eager_bytes else 0.0


def message(link, message_bytes):
    """Returns the seconds in which two ranks send each other messages of this many bytes."""
    return link.latency + rendezvous(link, message_bytes) + wire(link, message_bytes)


def all_to_all(link, ranks, message_bytes, receivers=None):
    """Returns the seconds in which each rank sends this many bytes to each other one, or to some of this number, in the
    order of the ranks (MPI_Alltoallv)."""
    if ranks < 4 or 64 <= ranks < 128 or 256 <= ranks < 1024:
        # One after another, each to another rank.
        return (ranks - 1) * message(link, message_bytes)
    # All ranks send to the first receiver first, and to the last one at the end, which receives all of its messages then.
    messages = (receivers or ranks) - 2 + ranks - 1
    return link.latency + rendezvous(link, message_bytes) + messages * max(link.gap, wire(link, message_bytes))


def all_gather(link, ranks, message_bytes):
    """Returns the seconds in which each rank sends this many bytes to all others (MPI_Allgatherv)."""
    sizes = next(sizes for limit, sizes in GATHERS if ranks < limit)
    algorithm = next(algorithm for limit, algorithm in sizes if message_bytes < limit)
    rounds = math.ceil(math.log2(ranks))
    if algorithm == "root":
        # To one rank, which sends all of it along a tree.
        to_root = link.latency + (ranks - 1) * max(link.gap, wire(link, message_bytes))
        return to_root + rounds * message(link, ranks * message_bytes)
    if algorithm == "bruck":
        # Each round sends all that has been received.
        return sum(message(link, min(1 << i, ranks - (1 << i)) * message_bytes) for i in range(rounds))
    if algorithm == "neighbors" and ranks % 2 == 0:
        # In turns with both neighbours, what came from the other one.
        return message(link, message_bytes) + (ranks // 2 - 1) * message(link, 2 * message_bytes)
    return (ranks - 1) * message(link, message_bytes)


def exchange(link, parts, parameters, number_bytes, add_seconds_per_byte=0.0):
    """Returns the seconds of the exact sum of a gradient, for the numbers of partial sums of the ranks."""
    ranks, most = len(parts), max(parts)
    if ranks == 1:
        return 0.0
    header, gradient = 8 * (1 + most), parameters * number_bytes
    if sum(parts) * gradient <= max(MAX_GATHERED_BYTES, sum(parts) * MAX_GATHERED_BYTES_PER_PART):
        # Each rank adds all partial sums.
        return all_gather(link, ranks, most * gradient + header) + sum(parts) * gradient * add_seconds_per_byte
    at_a_time = min(NUMBERS_PER_RANK * ranks, MAX_NUMBERS)
    # Each rank adds a slice of the partial sums.
    seconds = all_gather(link, ranks, header) + sum(parts) * gradient / ranks * add_seconds_per_byte
    for start in range(0, parameters, at_a_time):
        numbers = min(at_a_time, parameters - start)
        slices = min(numbers, ranks)
        seconds += all_to_all(link, ranks, most * numbers * number_bytes / slices, slices)
        seconds += all_gather(link, ranks, numbers * number_bytes / ranks)
    return seconds


def rows(link, ranks, rows_of_rank, row_bytes):
    """Returns the seconds in which the ranks send each other the rows of a batch, after the lengths of the messages."""
    if ranks == 1:
        return 0.0
    return all_to_all(link, ranks, 8) + all_to_all(link, ranks, rows_of_rank / ranks * row_bytes)
