#!/usr/bin/env bash
# Makes a folder of a build that runs on a machine where nothing can be installed: programs, and beside them the libraries that such a
# machine does not have. What it must have is named at the end: glibc and libstdc++, and for training its own torch (and CUDA), which
# would be gigabytes.
#
#   scripts/bundle.sh BUILD_FOLDER BUNDLE [PROGRAM…]    zenops-cli, and those programs of the build too; BUNDLE is made anew
set -euo pipefail
build=$1 bundle=$2
shift 2
for tool in patchelf strip ldd objdump; do
  command -v "$tool" >/dev/null || { echo "bundle: $tool is not installed" >&2; exit 77; }
done
fail() { echo "bundle: $*" >&2; exit 1; }
if [ -e "$bundle" ] && [ ! -e "$bundle/run" ] && [ "$(ls -A "$bundle")" ]; then fail "$bundle is there and no bundle; it stays"; fi
new=$bundle.new
rm -rf "$new"
mkdir -p "$new"/{bin,lib}

for program in zenops-cli "$@"; do
  [ -x "$build/$program" ] || fail "$build has no program $program: build it first"
  cp "$build/$program" "$new/bin/"
done
cp "$build/libzenops_torch.so" "$new/lib/"
if [ -e "$build/libzenops_torch_cuda.so" ]; then cp "$build/libzenops_torch_cuda.so" "$new/lib/"; fi

# Of every machine, or of its own torch, driver and CUDA.
theirs='^(linux-vdso|ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|stdc\+\+|gcc_s)|lib(torch|c10|shm|gomp|cu|nv|nccl|caffe2).*)\.so'
# What the build's programs need, by name and path; the bundle's copies are asked when all of it is there.
needed() { LD_LIBRARY_PATH='' ldd "$@" | sed -nE 's/^\s+(\S+) => (\S+) .*/\1 \2/p' | sort -u; }
while read -r name path; do
  [[ $name =~ $theirs ]] && continue
  [ "$path" != not ] || fail "$name, which is needed, is not here"
  cp -L "$path" "$new/lib/$name"
done < <(needed "$build/zenops-cli" "$build/libzenops_torch.so" "${@/#/$build/}")

strip --strip-unneeded "$new"/bin/* "$new"/lib/*
# RPATH, not RUNPATH: it holds for the libraries' own libraries too.
patchelf --force-rpath --set-rpath '$ORIGIN/../lib' "$new"/bin/*
for library in "$new"/lib/*; do patchelf --force-rpath --set-rpath '$ORIGIN' "$library"; done

cat >"$new/run" <<'END'
#!/bin/sh
# run PROGRAM [ARGS]: a program of bin/ with this machine's torch, which is TORCH_ROOT or what its python3 has, and with its CUDA.
here=$(dirname "$(readlink -f "$0")")
if [ $# = 0 ] || [ ! -x "$here/bin/$1" ]; then
  echo "run: expected one of:" $(ls "$here/bin") >&2
  exit 2
fi
if [ -z "${TORCH_ROOT:-}" ]; then
  TORCH_ROOT=$(python3 -c 'import importlib.util as u
found = u.find_spec("torch")
print(found.submodule_search_locations[0] if found else "")' 2>/dev/null) || TORCH_ROOT=
fi
path=
for folder in "${TORCH_ROOT:+$TORCH_ROOT/lib}" ${TORCH_ROOT:+"$TORCH_ROOT"/../nvidia/*/lib} /usr/local/cuda/lib64; do
  if [ -n "$folder" ] && [ -d "$folder" ]; then path=$path${path:+:}$folder; fi
done
if [ -n "$path" ]; then export LD_LIBRARY_PATH="$path${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"; fi
program=$1
shift
exec "$here/bin/$program" "$@"
END
chmod +x "$new/run"

# newest FAMILY: the newest symbol version of it that anything here asks for.
newest() { objdump -T "$new"/bin/* "$new"/lib/* | grep -oE "\<$1_[0-9.]+" | sort -uV | tail -n 1; }
rm -rf "$bundle"
mv "$new" "$bundle"
new=$bundle
echo "bundle: $bundle, $(du -sm --apparent-size "$bundle" | cut -f1) MiB, $(ls "$bundle/lib" | wc -l) libraries; the machine needs $(newest GLIBC), $(newest GLIBCXX) and for training torch; start with $bundle/run zenops-cli"
