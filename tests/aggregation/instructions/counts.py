#!/usr/bin/env python3
"""Instructions that the kernels take, counted by callgrind and held to counts.txt: they do not depend on what else the
machine does.

    tests/aggregation/instructions/counts.py            counts in build/release and compares
    tests/aggregation/instructions/counts.py --store    builds and counts there, and stores what the compiler in use made

A count that is more than 3 % above the stored one is a failure; one that is more than 10 % below is shown, so that somebody may
store it. What cannot be compared here ends with 77: no valgrind, no AVX2, another build than an optimised one without flags of
its own, a compiler for which nothing is stored.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PROGRAM = ROOT / "build/release/zenops_kernel_under_count"
STORE = "tests/aggregation/instructions/counts.py --store"

KERNELS = ["trimmed_mean", "median", "nearest_mean", "meamed", "weighted_sum", "majority", "measure_table",
           "measure_trusted", "all_finite"]
ROWS = [10, 50, 100]
SIZE = 4096
FLAGS = "-O3 -DNDEBUG"
WORSE, BETTER = 1.03, 0.90
SKIPPED = 77

TITLE = f"""\
# Instructions per coordinate of one call on rows of {SIZE} numbers, by compiler, instruction set, kernel and number of rows.
# Written by {STORE}
"""


class Case(NamedTuple):
    set: str
    kernel: str
    rows: int

    def __str__(self):
        return f"{self.kernel} of {self.rows} rows on {self.set}"


def skip(why: str):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def how_to_store(program: pathlib.Path) -> str:
    return STORE if program == PROGRAM else f"{STORE} {os.path.relpath(program, ROOT)}"


def build(program: pathlib.Path):
    """Programs lie at the top of their build folder."""
    if subprocess.run(["cmake", "--build", program.parent, "--target", program.name]).returncode != 0:
        sys.exit("nothing is stored: it does not build (./dev build configures, too)")


def about(program: pathlib.Path) -> dict[str, str]:
    """What the program says of itself: its compiler, its flags, the instruction sets to count."""
    said = subprocess.run([program, "about"], text=True, check=True, stdout=subprocess.PIPE).stdout
    return {word: rest for word, _, rest in (line.partition(" ") for line in said.splitlines())}


def count(program: pathlib.Path, case: Case) -> float:
    command = ["valgrind", "--command-line-only=yes", "--tool=callgrind", "--collect-atstart=no",
               "--callgrind-out-file=/dev/null", program, case.set, case.kernel, str(case.rows), str(SIZE)]
    alone = {**os.environ, "DEBUGINFOD_URLS": ""}  # valgrind would ask servers for the names of functions
    ended = subprocess.run(command, text=True, env=alone, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    collected = re.search(r"Collected : (\d+)", ended.stdout)
    if ended.returncode != 0 or not collected or collected[1] == "0":
        sys.exit(f"{case}: callgrind counted nothing; it said:\n{ended.stdout}")
    return int(collected[1]) / SIZE


def read(table: pathlib.Path) -> dict[str, dict[Case, float]]:
    stored = {}
    for number, line in enumerate(table.read_text().splitlines() if table.exists() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            compiler, isa, kernel, rows, instructions = line.split()
            stored.setdefault(compiler, {})[Case(isa, kernel, int(rows))] = float(instructions)
        except ValueError:
            sys.exit(f"{table}:{number}: not a compiler, an instruction set, a kernel, rows and instructions: {line}")
    return stored


def write(table: pathlib.Path, stored: dict[str, dict[Case, float]]):
    lines = [f"{compiler:<12} {case.set:<7} {case.kernel:<16} {case.rows:>4} {instructions:>12.3f}\n"
             for compiler, counts in sorted(stored.items()) for case, instructions in counts.items()]
    table.write_text(TITLE + "".join(lines))


def compare(found: dict[Case, float], stored: dict[Case, float]) -> list[str]:
    """What is wrong; what is better is only shown."""
    wrong = [f"{case}: stored, but not counted any more" for case in stored if case not in found]
    for case, now in found.items():
        before = stored.get(case)
        if before is None:
            wrong.append(f"{case}: {now:.3f} instructions per coordinate, and nothing is stored")
        elif now > WORSE * before:
            wrong.append(f"{case}: {now:.3f} instructions per coordinate, {before:.3f} are stored: "
                         f"{100 * (now / before - 1):.1f} % more")
        elif now < BETTER * before:
            print(f"{case}: {now:.3f} instructions per coordinate, {before:.3f} are stored: better by "
                  f"{100 * (1 - now / before):.1f} %; store it?")
    return wrong


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--store", action="store_true", help="build, count, and write the counts into the table")
    arguments.add_argument("--table", type=pathlib.Path, default=HERE / "counts.txt", help="instead of counts.txt")
    arguments.add_argument("program", type=pathlib.Path, nargs="?", default=PROGRAM, help="that of another build folder")
    given = arguments.parse_args()
    program = given.program.resolve()
    if not shutil.which("valgrind"):
        skip("valgrind is not installed (apt-get install valgrind)")
    if given.store:
        build(program)
    if not program.exists():
        sys.exit(f"{program} is not there: ./dev build, with valgrind installed")
    told = about(program)
    compiler, sets = told["compiler"], told["sets"].split()
    if told["flags"] != FLAGS:
        skip(f'counts are of code compiled with "{FLAGS}", and this is compiled with "{told["flags"]}"')
    if "avx2" not in sets:  # nor fused multiply-adds, perhaps, for which the C library then takes a hundred instructions
        skip("this machine has no AVX2; even the scalar kernels may take more instructions here")
    stored = read(given.table)
    if not given.store:  # Highway's version decides what is compiled beside AVX2
        known = {case.set for case in stored.get(compiler, {})}
        if not known.intersection(sets):
            skip(f"nothing is stored for {compiler}; to store what it does now: {how_to_store(program)}")
        for isa in sorted(set(sets) ^ known):
            print(f"not compared: {isa}, which is {'not stored' if isa in sets else 'stored but not compiled'} for {compiler}")
        sets = [isa for isa in sets if isa in known]
        stored[compiler] = {case: value for case, value in stored[compiler].items() if case.set in sets}

    cases = [Case(isa, kernel, rows) for isa in sets for kernel in KERNELS for rows in ROWS]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        found = dict(zip(cases, pool.map(lambda case: count(program, case), cases)))
    if given.store:
        write(given.table, {**stored, compiler: found})
        print(f"{given.table}: {len(found)} counts stored for {compiler}")
        return 0
    wrong = compare(found, stored[compiler])
    for line in wrong:
        print(line)
    if wrong:
        print(f"if that is as it should be, store what {compiler} does now: {how_to_store(program)}")
        return 1
    print(f"{len(found)} counts of {compiler} are at most {100 * (WORSE - 1):.0f} % above what is stored")
    return 0


if __name__ == "__main__":
    sys.exit(main())
