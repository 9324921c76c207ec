"""Times what Ray's own microbenchmark calls so, with two actors' processes on this machine.

    python bench/ray_peers.py SECONDS

Prints a JSON object: {"peers": [{"name", "seconds"}, ...], "missing": [...]}. Seconds are medians of one operation, of as many turns as
fit into SECONDS.
"""
import json
import statistics
import sys
import time


def seconds_of_one(batch, operations, seconds):
    batch()  # starts what is started once
    turns, begin = [], time.perf_counter()
    while len(turns) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        batch()
        turns.append((time.perf_counter() - start) / operations)
    return statistics.median(turns)


def measure(seconds):
    import numpy
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)

    @ray.remote(num_cpus=0)
    class Peer:
        def echo(self, x):
            return x

        def total(self, row):
            return int(row.view(numpy.uint32).sum(dtype=numpy.uint32))

        def ask(self, other, questions):
            for _ in range(questions):
                ray.get(other.echo.remote(1))

    one, other = Peer.remote(), Peer.remote()
    out = {
        "another process: 1:1 actor calls sync": (lambda: ray.get(one.echo.remote(1)), 1),
        "another process: 1:1 actor calls async": (lambda: ray.get([one.echo.remote(1) for _ in range(1000)]), 1000),
        "another process: actor to actor calls sync": (lambda: ray.get(one.ask.remote(other, 200)), 200),
    }
    for name, floats in (("3.4 MB", 860_000), ("45 MB", 11_200_000)):
        row = ray.put(numpy.ones(floats, numpy.float32))
        out["put gigabytes: a row of " + name] = (lambda row=row: ray.get(one.total.remote(row)), 1)
    return [{"name": name, "seconds": seconds_of_one(*what, seconds)} for name, what in out.items()]


def main():
    peers, missing = [], []
    try:
        peers = measure(float(sys.argv[1]))
    except ImportError as error:
        missing.append(f"Ray: {error}")
    print(json.dumps({"peers": peers, "missing": missing}))


main()
