"""Times what others do with the rows of a .npy file: torch's own sort, median and cdist, and ByzFL's rules where it is installed.

    python bench/peers.py rows.npy REPETITIONS THREADS F

Prints a JSON object: {"peers": [{"name", "seconds"}, ...], "missing": [...]}. Seconds are medians of wall time.
"""
import json
import statistics
import sys
import time


def median_seconds(work, repetitions):
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def torch_peers(rows, f):
    import torch

    n = rows.shape[0]
    return {
        "trimmed_mean by torch.sort": lambda: rows.sort(dim=0).values[f : n - f].mean(dim=0),
        "median by torch.median": lambda: rows.median(dim=0).values,
        "distances by torch.cdist": lambda: torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist"),
        "average by torch.mean": lambda: rows.mean(dim=0),
    }


def byzfl_peers(rows, f):
    import byzfl

    rules = {
        "median": byzfl.Median(),
        "trimmed_mean": byzfl.TrMean(f=f),
        "meamed": byzfl.Meamed(f=f),
        "krum": byzfl.Krum(f=f),
        "multi_krum": byzfl.MultiKrum(f=f),
        "geometric_median": byzfl.GeometricMedian(nu=1e-6, T=100),
        "centered_clipping": byzfl.CenteredClipping(L=1, tau=10.0),
    }
    return {f"{name} by ByzFL": (lambda rule=rule: rule(rows)) for name, rule in rules.items()}


def main():
    path, repetitions, threads, f = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    import numpy
    import torch

    torch.set_num_threads(threads)
    rows = torch.from_numpy(numpy.load(path))
    peers, missing = [], []
    for make in (torch_peers, byzfl_peers):
        try:
            for name, work in make(rows, f).items():
                peers.append({"name": name, "seconds": median_seconds(work, repetitions)})
        except ImportError as error:
            missing.append(str(error))
    print(json.dumps({"peers": peers, "missing": missing}))


main()
