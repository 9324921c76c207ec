#!/usr/bin/env bash
# Every line of a page's ```cpp and ```capnp blocks stands in one of the sources.
#
#   tests/quotes.sh docs/runtime.md examples/ballot.cpp …
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
page=$1
shift
lines=0 bad=0
while IFS= read -r line; do
  lines=$((lines + 1))
  grep -qF -- "$line" "$@" || { echo "$page shows what is in none of: $*: $line"; bad=$((bad + 1)); }
done < <(awk '/^```(cpp|capnp)$/ { on = 1; next } /^```/ { on = 0 } on && NF' "$page")
((lines > 0)) || { echo "$page shows nothing"; exit 1; }
((bad == 0)) && echo "$page: $lines lines are as they stand in the sources"
