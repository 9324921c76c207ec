#!/usr/bin/env python3
"""The session that a page shows is what the shell says: every ```console block is run again and compared.

    tests/session.py docs/shell.md build/release/zenops-cli

The first line of a block, "$ zenops-cli repl …", is the command; "zenops> " begins what is typed. What differs from one
machine or moment to the next (numbers with a point, process numbers, times, the machine's name) is not compared.
"""
import difflib
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tempfile


def masked(text: str) -> list[str]:
    text = text.replace(socket.gethostname(), "NODE")
    text = re.sub(r"\d\d:\d\d:\d\d", "TIME", text)
    text = re.sub(r"in \d+ ms", "in N ms", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "SHA256", text)
    text = re.sub(r"-?\d+\.\d+(e[-+]\d+)?", "X", text)
    text = re.sub(r"messages handled: \d+", "messages handled: N", text)
    # News comes when it comes, and a curve is made of numbers that are not compared.
    text = re.sub(r"^\S+#\d+ (lost|was evicted): .*\n", "", text, flags=re.M)
    text = re.sub(r"^.*│.*\n", "", text, flags=re.M)
    # Columns move with what stands in them; of a process its number is the first with more than two digits.
    return [re.sub(r"\b\d{3,}\b", "N", " ".join(line.split())) for line in text.splitlines() if line.strip()]


def main(page: str, cli: str) -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    blocks = re.findall(r"^```console\n(.*?)^```$", pathlib.Path(root, page).read_text(), re.M | re.S)
    if not blocks:
        sys.exit(f"{page} shows no session")
    for block in blocks:
        first, _, shown = block.partition("\n")
        words = shlex.split(first.removeprefix("$ "))
        typed = "\n".join(line.removeprefix("zenops> ") for line in shown.splitlines() if line.startswith("zenops> "))
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "configs").symlink_to(root / "configs")
            script = pathlib.Path(folder, "session.zen")
            script.write_text(typed + "\n")
            ended = subprocess.run([pathlib.Path(cli).resolve(), *words[1:], "--echo", "--script", str(script)], cwd=folder, text=True,
                                   env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "80"},
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        said, wanted = masked(ended.stdout), masked(shown)
        if said != wanted:
            print("\n".join(difflib.unified_diff(wanted, said, page, "the shell", lineterm="")))
            print("\nin full:\n" + ended.stdout)
            return 1
        print(f"{page}: {typed.count(chr(10)) + 1} commands say what they said")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
