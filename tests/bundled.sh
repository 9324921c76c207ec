#!/usr/bin/env bash
# A bundle of a build runs from wherever it is put, with what it brought along and nothing else of ours.
#
#   tests/bundled.sh BUILD_FOLDER
set -euo pipefail
source=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.." && pwd)
build=$(realpath "$1")
for tool in patchelf strip ldd objdump; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed (apt-get install patchelf binutils)"; exit 77; }
done
wrong() { echo "FAILED: $*"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$source/scripts/bundle.sh" "$build" "$folder/bundle" | tee "$folder/said"
"$source/scripts/bundle.sh" "$build" "$folder/bundle" >/dev/null  # again, in its place
mv "$folder/bundle" "$folder/elsewhere"
bundle=$folder/elsewhere
alone() { env -i PATH=/usr/bin:/bin HOME="$folder" "$@"; }

# says WORD COMMAND…: it succeeds, and what it prints has the word.
says() {
  local word=$1
  shift
  alone "$@" >"$folder/said" 2>&1 && grep -qF -- "$word" "$folder/said" || wrong "$*: $(cat "$folder/said")"
}

says zenops "$bundle/bin/zenops-cli" --version
says krum "$bundle/bin/zenops-cli" rules
says krum LD_LIBRARY_PATH= "$bundle/bin/zenops-cli" rules
says krum "$bundle/run" zenops-cli rules
# Nothing but glibc, libstdc++ and the loader comes from the machine: also not what its libraries need.
while read -r name path; do
  [[ $path = "$bundle"/* || $name =~ ^(lib(c|m|dl|rt|pthread|resolv|util|stdc\+\+|gcc_s)|ld-linux.*)\.so ]] || wrong "$name comes from $path"
done < <(alone ldd "$bundle/bin/zenops-cli" | sed -nE 's/^\s+(\S+) => (\S+) .*/\1 \2/p')
[ "$(du -sm --apparent-size "$bundle" | cut -f1)" -lt 64 ] || wrong "it is larger than 64 MiB"
! ls "$bundle"/lib | grep -E '^lib(torch|c10|cu|nv)' || wrong "torch or CUDA is in it"

# With the machine's torch it trains, with processes of its own too.
torch=$(dirname "$(dirname "$(sed -n 's/^Libtorch_CPU_LIBRARY:[A-Z]*=//p' "$build/CMakeCache.txt")")")
cd "$folder"
for isolation in thread process; do
  says accuracy TORCH_ROOT="$torch" "$bundle/run" zenops-cli run "$source/configs/blobs_zeno.yaml" --quiet --set train.rounds=1 \
    --set cluster.isolation=$isolation
done
# Without one a sentence says which library is missing.
said=$(alone TORCH_ROOT=/nowhere "$bundle/run" zenops-cli run "$source/configs/blobs_zeno.yaml" --set train.rounds=1 2>&1) && wrong "it trained without torch"
grep -q 'libtorch\|libc10' <<<"$said" || wrong "without torch it says: $said"

# Misuse is refused, and what is no bundle is left alone.
said=$(alone "$bundle/run" nonesuch 2>&1) && wrong "an unknown program was run"
grep -q 'expected one of: zenops-cli' <<<"$said" || wrong "of an unknown program it says: $said"
mkdir "$folder/mine"
touch "$folder/mine/precious"
! "$source/scripts/bundle.sh" "$build" "$folder/mine" 2>/dev/null || wrong "a folder of somebody's was taken"
[ -e "$folder/mine/precious" ] || wrong "a folder of somebody's was removed"
! "$source/scripts/bundle.sh" "$build" "$folder/bundle" nonesuch 2>"$folder/said" || wrong "a program that is not there"
grep -q 'has no program nonesuch' "$folder/said" || wrong "which program is not there is not said"
echo "a bundle runs on its own"
