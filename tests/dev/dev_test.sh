#!/usr/bin/env bash
# ./dev on machines that are made up: a copy of the script, with stubs first in PATH for what would touch the real one.
set -euo pipefail
source_tree=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
failed=0
wrong() { printf 'FAILED: %s\n%s\n' "$1" "$(cat "$place/said")"; failed=1; }

# A machine that has every package, and CAF and libtorch already; each test spoils something.
machine() {
  rm -rf "${place:?}"/{clone,stubs,cache}
  mkdir -p "$place"/{clone,stubs} "$place"/cache/zenops/{caf,torch}
  cp -r "$source_tree"/{dev,scripts,CMakePresets.json} "$place/clone"
  stub dpkg-query 'shift 3; printf "installed %s\n" "$@"'
  stub sudo 'exit 1'
  for what in apt-get cmake ccache python3 git; do stub "$what" 'echo "touched: $0 $*"; exit 99'; done
  (cd "$place/clone" && XDG_CACHE_HOME=$place/cache && root=$PWD && source scripts/report.sh && source scripts/setup.sh &&
    echo "$caf_stamp" >"$cache/caf/.zenops" && echo "$torch_stamp" >"$cache/torch/.zenops")
  chmod -R a+rX "$place"
}
stub() {
  printf '#!/bin/bash\n%s\n' "$2" >"$place/stubs/$1"
  chmod +x "$place/stubs/$1"
}
# dev STATUS ARGS…: runs it on that machine and expects that exit status; what it said is in $place/said.
dev() {
  local expected=$1 status=0
  shift
  env -u CAF_ROOT -u TORCH_ROOT PATH="$place/stubs:$PATH" XDG_CACHE_HOME="$place/cache" "${as[@]}" \
    "$place/clone/dev" "$@" >"$place/said" 2>&1 </dev/null || status=$?
  [ "$status" = "$expected" ] || wrong "./dev $* ended with $status, not $expected; it said:"
}
said() { grep -qF -- "$1" "$place/said" || wrong "\"$1\" was not said, but:"; }
as=()

machine
dev 0 help
for command in demo test build bench bundle format setup; do said "./dev $command"; done
dev 2 tset
said '"tset" is no command'
dev 2 build nonesuch
said 'no preset is called "nonesuch"'
dev 2 test nonesuch
dev 2 setup now

# What is there is not touched: neither root nor a lock is needed.
dev 0 setup
said 'set up'

# The cache need not exist, nor HOME be of any use when XDG_CACHE_HOME is given; with neither there is a sentence.
as=(env -u HOME -u XDG_CACHE_HOME)
dev 1 setup
said 'neither HOME nor XDG_CACHE_HOME'
as=()

# Neither root nor sudo: which packages, and the command that installs them.
machine
stub dpkg-query 'shift 3; printf "installed %s\n" "$@" | grep -v -e libhwy-dev -e ninja-build'
if ((EUID == 0)); then as=(setpriv --reuid 65534 --regid 65534 --clear-groups); chmod 777 "$place"/cache/zenops; fi
dev 1 setup
said 'libhwy-dev ninja-build'
said 'apt-get update && apt-get install --no-install-recommends libhwy-dev ninja-build'
as=()

# A set-up that was interrupted has left no stamp: it is done again. One failure to fetch is not the end.
machine
rm "$place/cache/zenops/torch/.zenops"
stub python3 'mkdir -p "$3/bin"; ln -s "$(dirname "$0")/pip" "$3/bin/python"'
stub pip 'marker='"$place"'/clone/fetched; [ -e $marker ] || { touch $marker; echo "no answer"; exit 1; }'
dev 0 setup
said 'once more'
dev 0 setup
[ -e "$place/cache/zenops/torch/bin/python" ] || wrong 'libtorch was not put in place'
[ ! -e "$place/cache/zenops/work" ] || wrong 'the set-up left its work folder'

# When it cannot be fetched, the log is shown, and what was there before stays as it is.
machine
echo 'an older recipe' >"$place/cache/zenops/torch/.zenops"
stub python3 'mkdir -p "$3/bin"; ln -s "$(dirname "$0")/pip" "$3/bin/python"'
stub pip 'echo "no answer"; exit 1'
dev 1 setup
said 'no answer'
said 'cache/zenops/logs/torch.log'
grep -q 'an older recipe' "$place/cache/zenops/torch/.zenops" || wrong 'a failed set-up changed what was there'

# The whole of PyTorch comes when it is asked for, and once.
machine
dev 0 setup
[ ! -e "$place/cache/zenops/python" ] || wrong 'it came without being asked for'
stub python3 'mkdir -p "$3/bin"; ln -s "$(dirname "$0")/pip" "$3/bin/python"'
stub pip 'echo "$*" >>'"$place"'/clone/fetched'
dev 0 setup --python
said 'cache/zenops/python/bin/python'
dev 0 setup --python
[ "$(grep -c torch== "$place/clone/fetched")" = 1 ] || wrong 'torch was not fetched once'
grep -q -e --no-deps "$place/clone/fetched" && wrong 'torch came without what it needs'
dev 2 setup --pyhton

# A build for GPUs takes the machine's own compiler; where there is none it comes from PyPI, once, and laid out as CMake looks for it.
# What torch loads on a card comes beside torch, once; a failure to fetch is not the end, and leaves no stamp.
machine
stub nvcc 'exit 0'
mkdir "$place/cache/zenops/torch/bin"
ln -s "$place/stubs/pip" "$place/cache/zenops/torch/bin/python"
stub pip 'echo "no answer"; exit 1'
dev 1 setup --cuda
said 'once more'
stub pip 'echo "$*" >>'"$place"'/clone/fetched'
dev 0 setup --cuda
said "CUDA's compiler: $place/stubs/nvcc"
[ ! -e "$place/cache/zenops/cuda" ] || wrong 'a compiler came where there was one'
dev 0 setup --cuda
[ "$(grep -c nvidia-cudnn-cu13== "$place/clone/fetched")" = 1 ] || wrong 'cuDNN was not fetched once'
rm "$place/stubs/nvcc"
if [ ! -e /usr/bin/nvcc ]; then
  as=(env PATH="$place/stubs:/usr/bin:/bin" CUDA_HOME=/nowhere CUDACXX=)
  stub python3 'mkdir -p "$3/bin"; ln -s "$(dirname "$0")/pip" "$3/bin/python"'
  stub pip 'echo "$*" >>'"$place"'/clone/fetched
    cuda=$(dirname "$0")/../lib/python3.11/site-packages/nvidia/cu13; mkdir -p $cuda/{bin,lib}
    touch $cuda/lib/libcublas.so.13; echo >$cuda/bin/nvcc; chmod +x $cuda/bin/nvcc'
  dev 0 setup --cuda
  said 'cu13/bin/nvcc'
  rm -r "$place/cache/zenops/torch/bin"  # it is there already
  dev 0 setup --cuda
  [ "$(grep -c nvidia-cuda-nvcc== "$place/clone/fetched")" = 1 ] || wrong 'the compiler was not fetched once'
  [ -e "$(echo "$place"/cache/zenops/cuda/lib/python3.11/site-packages/nvidia/cu13/lib64/libcublas.so)" ] || wrong 'linkers do not find cuBLAS'
  # Wheels without a compiler leave nothing that would be taken for one.
  rm -r "$place/cache/zenops/cuda"
  stub pip 'exit 0'
  dev 1 setup --cuda
  said 'have no nvcc'
  [ ! -e "$place/cache/zenops/cuda" ] || wrong 'half a toolkit was put in place'
  as=()
fi
dev 2 setup --cuad

((failed == 0)) && echo './dev behaves on every machine that was made up'
