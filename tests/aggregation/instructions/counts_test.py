#!/usr/bin/env python3
"""counts.py on machines that are made up: a valgrind that counts what it is told to, a kernel that was never compiled."""
import os
import pathlib
import subprocess
import sys
import tempfile

COUNTS = pathlib.Path(__file__).resolve().parent / "counts.py"
OTHERS = "g++-1.0      avx2    trimmed_mean       10        1.000\n"
failed = 0


class Machine:
    """Every count is 10 instructions per coordinate, unless `count` says otherwise of one."""

    def __init__(self, folder: str):
        self.folder = pathlib.Path(folder)
        self.table = self.folder / "counts.txt"
        self.table.write_text(OTHERS)
        self.about()
        self.count()
        self.program("cmake", f'[ "$*" = "--build {self.folder} --target kernel" ] && echo built')

    def program(self, name: str, text: str):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def about(self, compiler="g++-12.2", flags="-O3 -DNDEBUG", sets="avx2 scalar"):
        self.program("kernel", f"echo compiler {compiler}; echo flags {flags}; echo sets {sets}")

    def count(self, culprit="none", per_coordinate=10.0):
        self.program("valgrind", f"""while [ $# -gt 4 ]; do shift; done
          if [ "$1 $2 $3" = "{culprit}" ]; then echo "==1== Collected : {round(4096 * per_coordinate)}" >&2
          else echo "==1== Collected : 40960" >&2; fi""")

    def expect(self, status: int, *words: str, store=False, silent=()):
        global failed
        ended = subprocess.run([sys.executable, COUNTS, *(["--store"] if store else []), "--table", self.table, self.folder / "kernel"],
                               text=True, env={**os.environ, "PATH": str(self.folder)}, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
        if ended.returncode != status or any(w not in ended.stdout for w in words) or any(w in ended.stdout for w in silent):
            line = sys._getframe(1).f_lineno
            print(f"FAILED: line {line} expected {status} and {words} without {silent}, but it was {ended.returncode}:\n{ended.stdout}")
            failed += 1


with tempfile.TemporaryDirectory() as folder:
    machine = Machine(folder)

    # Nothing is known of this compiler; another one's counts are not taken for its own, and stay when it stores.
    machine.expect(77, "skipped: nothing is stored for g++-12.2", "counts.py --store")
    machine.expect(0, "built\n", "54 counts stored for g++-12.2", store=True)
    kept = machine.table.read_text()
    machine.expect(0, "54 counts of g++-12.2", silent=["built"])
    if OTHERS not in kept or "g++-12.2     avx2    trimmed_mean       10       10.000\n" not in kept:
        print(f"FAILED: the table became\n{kept}")
        failed += 1

    # More instructions are a failure wherever they are, fewer are not.
    for culprit, said in [("avx2 trimmed_mean 10", "trimmed_mean of 10 rows on avx2"), ("scalar all_finite 100", "all_finite of 100 rows on scalar")]:
        machine.count(culprit, 10.31)
        machine.expect(1, f"{said}: 10.310 instructions per coordinate, 10.000 are stored: 3.1 % more", "counts.py --store", silent=["median"])
        machine.count(culprit, 10.29)
        machine.expect(0, silent=[said])
        machine.count(culprit, 8.9)
        machine.expect(0, f"{said}: 8.900 instructions per coordinate, 10.000 are stored: better by 11.0 %")
        machine.count(culprit, 9.1)
        machine.expect(0, silent=[said])

    # Storing again is what the failure asked for, and lowers the bar as well as it raises it.
    machine.count("avx2 median 50", 20)
    machine.expect(1, "100.0 % more")
    machine.expect(0, store=True)
    machine.expect(0)
    machine.count()
    machine.expect(0, "better by 50.0 %")
    machine.expect(0, store=True)
    machine.count("avx2 median 50", 20)
    machine.expect(1, "100.0 % more")
    machine.count()

    # A kernel that is only stored or only counted is seen.
    line = "g++-12.2     avx2    majority           50       10.000\n"
    machine.table.write_text(kept.replace(line, ""))
    machine.expect(1, "majority of 50 rows on avx2: 10.000 instructions per coordinate, and nothing is stored")
    machine.table.write_text(kept + line.replace("majority", "minority"))
    machine.expect(1, "minority of 50 rows on avx2: stored, but not counted any more")
    machine.table.write_text(kept + "g++-12.2 avx2 majority\n")
    machine.expect(1, "counts.txt:58: not a compiler")
    machine.table.write_text(kept)

    # What cannot be compared says so.
    machine.about(sets="avx2 sse2")
    machine.expect(0, "not compared: sse2, which is not stored", "not compared: scalar, which is stored but not compiled", "27 counts")
    machine.about(sets="scalar")
    machine.expect(77, "skipped: this machine has no AVX2")
    machine.about(flags="-g")
    machine.expect(77, 'this is compiled with "-g"')
    machine.expect(77, 'this is compiled with "-g"', store=True)
    machine.about(compiler="g++-14.2")
    machine.expect(77, "skipped: nothing is stored for g++-14.2")
    machine.about()

    # A valgrind that fails or counts nothing is no success, nor stores anything.
    for store in (False, True):
        machine.program("valgrind", "echo unhandled instruction; echo '==1== Collected : 40960'; exit 132")
        machine.expect(1, "callgrind counted nothing", "unhandled instruction", store=store)
        machine.count("avx2 trimmed_mean 10", 0)
        machine.expect(1, "trimmed_mean of 10 rows on avx2: callgrind counted nothing", store=store)
    machine.count()
    machine.program("cmake", "exit 1")
    machine.expect(1, "nothing is stored: it does not build", store=True)
    if machine.table.read_text() != kept:
        print("FAILED: what was not counted was stored")
        failed += 1
    (machine.folder / "valgrind").unlink()
    machine.expect(77, "skipped: valgrind is not installed")
    machine.count()
    (machine.folder / "kernel").unlink()
    machine.expect(1, "is not there")

if failed:
    sys.exit(1)
print("counts.py sees what is worse, what is better and what cannot be compared")
