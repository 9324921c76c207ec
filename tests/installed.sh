#!/usr/bin/env bash
# Installs a build to a folder of its own, then configures, builds and tests the examples against that alone.
#
#   tests/installed.sh BUILD_FOLDER
set -euo pipefail
source=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.." && pwd)
build=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/prefix" >"$folder/install.log" || { cat "$folder/install.log"; exit 1; }
cp -r "$source/examples" "$folder/examples"  # apart from our own headers
launcher=$(command -v ccache || true)
cmake -S "$folder/examples" -B "$folder/build" -G Ninja -DCMAKE_PREFIX_PATH="$folder/prefix" \
  -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher"
CCACHE_BASEDIR=$folder CCACHE_NOHASHDIR=1 cmake --build "$folder/build" --parallel 1
ctest --test-dir "$folder/build" --output-on-failure --no-tests=error
"$folder/prefix/bin/zenops-cli" version
# Torch's side is opened where it was installed, and not where it was built.
LD_DEBUG=files LD_DEBUG_OUTPUT="$folder/opened" "$folder/build/zenops_example_custom_attack"
grep -qF "calling init: $folder/prefix/lib/libzenops_torch.so" "$folder"/opened.* ||
  { echo "libzenops_torch.so was not taken from the prefix"; exit 1; }
# A component that is not there is named, and a later minor version is not taken for ours.
mkdir "$folder/other"
refused() {
  printf 'cmake_minimum_required(VERSION 3.25)\nproject(other C CXX)\nfind_package(zenops %s)\n' "$1" >"$folder/other/CMakeLists.txt"
  if said=$(cmake -S "$folder/other" -B "$folder/other/build" -DCMAKE_PREFIX_PATH="$folder/prefix" 2>&1); then
    echo "find_package(zenops $1) was not refused"
    exit 1
  fi
  grep -q "$2" <<<"$said" || { printf '%s\n' "$said"; exit 1; }
}
refused 'REQUIRED COMPONENTS bread' 'no component bread'
refused '0.2 REQUIRED' 'requested version "0\.2"'
