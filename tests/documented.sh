#!/usr/bin/env bash
# Everything that the public headers name has its sentence.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
if ! command -v doxygen >/dev/null; then
  echo "skipped: doxygen is not installed (apt-get install doxygen)"
  exit 77
fi
if [ "$(doxygen --version | cut -d' ' -f1)" != 1.9.4 ]; then
  echo "skipped: doxygen $(doxygen --version) complains of other things than 1.9.4, to which the headers are held"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
said=$({ cat docs/Doxyfile; echo "OUTPUT_DIRECTORY=$folder"; } | doxygen - 2>&1)
if [ "$said" ]; then
  printf '%s\n' "$said"
  exit 1
fi
grep -rq 'Cluster' "$folder/html" || { echo "doxygen found nothing to show"; exit 1; }
# A symbol without a sentence is seen.
printf '#pragma once\nnamespace zenops { struct Bare { int field; }; }\n' >"$folder/bare.hpp"
said=$({ cat docs/Doxyfile; echo "OUTPUT_DIRECTORY=$folder"; echo "INPUT=$folder/bare.hpp"; } | doxygen - 2>&1)
grep -q 'Bare is not documented' <<<"$said" || { echo "an undocumented struct was let through"; exit 1; }
echo "every public symbol is documented"
