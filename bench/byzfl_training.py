"""Trains with ByzFL itself, on the samples and in the setting of configs/sweeps/byzfl*.yaml, to be laid beside what zenops makes of it.

    python bench/byzfl_training.py --data FOLDER --gamma 0 0.33 --f 1 2 --rule trimmed_mean --pre none nnm --attack alie --seed 1 2 3 \
        --steps 300 --threads 2 --zenops build/release/zenops-cli -o byzfl.jsonl

Every combination is a training: DSGD with ByzFL's own clients, attacks, aggregators and server, in the order of its benchmark/train.py. A line of
JSON each: what it was, "accuracy" on the test set after the last step, "rounds_per_second" of the steps alone (sampling, gradients, attack,
aggregation, server step; no evaluation, no loading). A combination whose line is in the file already is not run again. With --zenops each is
trained by zenops as well, right after: "zenops_accuracy", "zenops_rounds_per_second", and "ratio" of the speeds.

Samples are read once into memory and normalised as zenops does; ByzFL's own benchmark decodes every image anew for each batch, which is slower.
"""
import argparse
import gzip
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time

RULES = {
    "average": ("Average", {}),
    "median": ("Median", {}),
    "trimmed_mean": ("TrMean", {"f"}),
    "krum": ("Krum", {"f"}),
    "multi_krum": ("MultiKrum", {"f"}),
    "geometric_median": ("GeometricMedian", {}),
    "meamed": ("Meamed", {"f"}),
    "centered_clipping": ("CenteredClipping", {}),
    "mda": ("MDA", {"f"}),
    "smea": ("SMEA", {"f"}),
    "caf": ("CAF", {"f"}),
}
PRE = {"none": [], "nnm": ["NNM"], "arc": ["ARC"], "clipping nnm": ["Clipping", "NNM"], "arc nnm": ["ARC", "NNM"]}
ATTACKS = {
    "none": ("NoAttack", {}),
    "sign_flip": ("SignFlipping", {}),
    "alie": ("ALittleIsEnough", {"tau": 1.5}),
    "ipm": ("InnerProductManipulation", {"tau": 2.0}),
    "opt_alie": ("Optimal_ALittleIsEnough", {}),
    "opt_ipm": ("Optimal_InnerProductManipulation", {}),
    "label_flip": ("LabelFlipping", {}),
    "mimic": ("Mimic", {"epsilon": 0}),
}


def read_idx(path, header):
    with gzip.open(path, "rb") as file:
        import numpy

        return numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=header)


class Images:
    """As much of a torchvision data set as ByzFL's DataDistributor and a DataLoader ask for."""

    def __init__(self, folder, part):
        import torch

        pixels = read_idx(os.path.join(folder, part + "-images-idx3-ubyte.gz"), 16).reshape(-1, 1, 28, 28)
        self.targets = torch.from_numpy(read_idx(os.path.join(folder, part + "-labels-idx1-ubyte.gz"), 8).astype("int64"))
        self.images = (torch.from_numpy(pixels.astype("float32")) / 255 - 0.286) / 0.353

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, k):
        return self.images[k], self.targets[k]


def seed_all(seed):
    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)


def train(cell, data, settings):
    import torch
    from torch.utils.data import DataLoader, random_split

    from byzfl import ByzantineClient, Client, DataDistributor, Server

    train_set, test_set = data
    seed_all(cell["seed"])
    kept = int(settings.train_share * len(train_set))
    honest_set, rest = random_split(train_set, [kept, len(train_set) - kept])
    parts = DataDistributor({
        "data_distribution_name": "gamma_similarity_niid",
        "distribution_parameter": cell["gamma"],
        "nb_honest": settings.honest,
        "data_loader": honest_set,
        "batch_size": settings.batch,
    }).split_data()
    name, takes = RULES[cell["rule"]]
    rule = {"name": name, "parameters": {"f": cell["f"]} if takes else {}}
    pre = [{"name": p, "parameters": {"c": 2.0} if p == "Clipping" else {"f": cell["f"]}} for p in PRE[cell["pre"]]]
    attack, parameters = ATTACKS[cell["attack"]]
    common = {
        "model_name": "cnn_mnist",
        "device": "cpu",
        "optimizer_name": "SGD",
        "learning_rate": settings.lr,
        "weight_decay": settings.weight_decay,
        "milestones": [],
        "learning_rate_decay": 1.0,
    }
    clients = [
        Client({**common, "loss_name": "NLLLoss", "LabelFlipping": attack == "LabelFlipping", "training_dataloader": part,
                "momentum": settings.momentum, "nb_labels": 10, "store_per_client_metrics": False})
        for part in parts
    ]
    server = Server({**common, "validation_loader": None, "test_loader": DataLoader(test_set, batch_size=500), "aggregator_info": rule,
                     "pre_agg_list": pre})
    liars = ByzantineClient({"name": attack, "f": cell["f"] if attack != "NoAttack" else 0,
                             "parameters": {**parameters, "aggregator_info": rule, "pre_agg_list": pre, "f": cell["f"]}})
    seed_all(cell["seed"])
    for client in clients:
        client.set_model_state(server.get_dict_parameters())
    start = time.perf_counter()
    for _ in range(settings.steps):
        for client in clients:
            client.compute_gradients()
        honest = [client.get_flat_gradients_with_momentum() for client in clients]
        seen = [client.get_flat_flipped_gradients() for client in clients] if attack == "LabelFlipping" else honest
        server.update_model_with_gradients(honest + liars.apply_attack(seen))
        state = server.get_dict_parameters()
        for client in clients:
            client.set_model_state(state)
    seconds = time.perf_counter() - start
    return {"accuracy": float(server.compute_test_accuracy()), "rounds_per_second": settings.steps / seconds}


OURS = {  # where ByzFL's defaults are not ours
    "geometric_median": {"nu": 0.1, "iterations": 3},
    "centered_clipping": {"tau": 100},
    "alie": {"tau": 1.5},
    "ipm": {"epsilon": 2},
    "clipping": {"c": 2},
}


def flow(name, **more):
    values = {"name": name, **OURS.get(name, {}), **more}
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"


def train_with_zenops(cell, settings):
    """The same cell by zenops: one process, as many threads. The rate is of the rounds alone, without evaluation."""
    f = cell["f"]
    pre = [] if cell["pre"] == "none" else [flow(p, **({} if p == "clipping" else {"f": f})) for p in cell["pre"].split()]
    lies = cell["attack"] != "none"
    with tempfile.TemporaryDirectory() as folder:
        keys = {
            "name": "cell",
            "output.runs": folder,
            "seed": cell["seed"],
            "data.path": settings.data,
            "data.partition": "gamma_similarity",
            "data.gamma": cell["gamma"],
            "data.batch": settings.batch,
            "data.trusted": round(60000 * (1 - settings.train_share)),
            "data.liars": "none",
            "model.name": "cnn_mnist",
            "train.rounds": settings.steps,
            "train.send": "momentum",
            "train.eval_every": settings.steps,
            "train.optimizer": f"{{name: sgd, lr: {settings.lr}, momentum: {settings.momentum}, weight_decay: {settings.weight_decay}}}",
            "cluster.workers": settings.honest + (f if lies else 0),
            "cluster.shards": 1,
            "cluster.threads": settings.threads,
            "rule": flow(cell["rule"], **({} if cell["rule"] == "average" else {"f": f}), granularity="model", pre=f"[{', '.join(pre)}]"),
            "adversary.threat_model": "rule" if lies else "nothing",
            "attack": flow(cell["attack"], workers=f) if lies else "{name: none}",
        }
        config = os.path.join(folder, "cell.yaml")
        with open(config, "w") as file:
            file.write("{}\n")
        command = [settings.zenops, "run", config, "--quiet"]
        for key, value in keys.items():
            command += ["--set", f"{key}={value}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "cell", "metrics.jsonl")) as file:
            rounds = [json.loads(line) for line in file]
    return rounds[-1]["accuracy"], len(rounds) / sum(r["wall_seconds"] for r in rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="the folder with Fashion-MNIST's or MNIST's .gz files")
    parser.add_argument("--gamma", type=float, nargs="+", default=[1.0])
    parser.add_argument("--f", type=int, nargs="+", default=[1])
    parser.add_argument("--rule", nargs="+", choices=RULES, default=["trimmed_mean"])
    parser.add_argument("--pre", nargs="+", choices=PRE, default=["none"])
    parser.add_argument("--attack", nargs="+", choices=ATTACKS, default=["sign_flip"])
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--honest", type=int, default=10)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--weight-decay", type=float, default=1e-4)
    parser.add_argument("--train-share", type=float, default=0.8, help="of the training samples, those that the honest clients hold")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--zenops", metavar="CLI", help="path of zenops-cli, which then trains each cell too")
    parser.add_argument("-o", "--output", help="a file to which the lines are added; without it they are printed")
    settings = parser.parse_args()
    try:
        import torch

        import byzfl  # noqa: F401
    except ImportError as error:
        sys.exit(f"{error}; pip install byzfl")
    torch.set_num_threads(settings.threads)

    axes = ["gamma", "f", "rule", "pre", "attack", "seed"]
    done = set()
    if settings.output and os.path.exists(settings.output):
        with open(settings.output) as file:
            done = {tuple(line[a] for a in axes) for line in map(json.loads, file) if line["steps"] == settings.steps}
    data = Images(settings.data, "train"), Images(settings.data, "t10k")
    cells = [c for c in itertools.product(*(getattr(settings, a) for a in axes)) if c not in done]
    for k, values in enumerate(cells):
        cell = dict(zip(axes, values))
        made = {**cell, "steps": settings.steps, "threads": settings.threads, **train(cell, data, settings)}
        if settings.zenops:
            made["zenops_accuracy"], made["zenops_rounds_per_second"] = train_with_zenops(cell, settings)
            made["ratio"] = made["zenops_rounds_per_second"] / made["rounds_per_second"]
        line = json.dumps(made)
        if settings.output:
            with open(settings.output, "a") as file:
                file.write(line + "\n")
            print(f"{k + 1}/{len(cells)} {line}", file=sys.stderr)
        else:
            print(line, flush=True)


main()
