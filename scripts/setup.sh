# What a machine needs before zenops can be built; sourced by ./dev. A second run finds everything and does nothing.
#
#   packages  from the distribution
#   caf/      CAF, which Debian has only as a source package of its experimental suite
#   torch/    the headers and libraries of PyTorch's wheel, in a virtual environment of its own
#   python/   only when it is asked for: the whole of PyTorch, for examples and comparisons in Python
#   cuda/     only when it is asked for and the machine has no nvcc: the compiler and cuBLAS, from PyPI's wheels; and in
#             torch/, what it loads where it trains on a card
#
# The latter four lie in the cache folder, shared by all clones: made in work/ under a lock, then put in place by a rename
# with a stamp inside. What was interrupted has no stamp and is made again.

packages=(
  build-essential cmake ninja-build pkg-config ccache ca-certificates python3-venv
  libssl-dev capnproto libcapnp-dev libyaml-cpp-dev libcli11-dev nlohmann-json3-dev libexpected-dev zlib1g-dev libhwy-dev
  libsqlite3-dev libcairo2-dev fonts-dejavu-core libedit-dev
  libgtest-dev libgmock-dev libbenchmark-dev doxygen valgrind
  dataset-fashion-mnist)

caf_version=0.18.7
caf_sha256=d5c3abe8fd67a729aab1baeece10367637d903ba335f4c79378bcadfbcd34552  # of Debian's tarball
caf_tree=854d3e9e2a6e377d1d105a8e9bb9f513a96f5a62                            # of upstream's tag: the same files
caf_upstream=https://github.com/actor-framework/actor-framework
caf_stamp="CAF $caf_version core io openssl, recipe 2"

torch_wheels=(torch==2.11.0 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-cupti==13.0.*'
  'safetensors==0.*' 'numpy==2.*')  # the last two: a test reads our files with Python's library
torch_stamp="${torch_wheels[*]}, recipe 1"

python_wheels=("${torch_wheels[0]}" 'safetensors==0.*' 'numpy==2.*')
python_stamp="${python_wheels[*]}, recipe 1"

# All of one release: a newer nvvm writes PTX that this ptxas does not read.
cuda_wheels=('nvidia-cuda-nvcc==13.0.*' 'nvidia-nvvm==13.0.*' 'nvidia-cuda-crt==13.0.*' 'nvidia-cuda-runtime==13.0.*'
  'nvidia-cuda-cccl==13.0.*' 'nvidia-cublas==13.0.*')
cuda_stamp="${cuda_wheels[*]}, recipe 1"

# What torch's wheel loads where it computes on a card, in the versions that it names.
torch_cuda_wheels=('cuda-toolkit[cublas,cudart,cufft,cufile,cupti,curand,cusolver,cusparse,nvjitlink,nvrtc,nvtx]==13.0.2'
  'nvidia-cudnn-cu13==9.19.0.56' 'nvidia-cusparselt-cu13==0.8.0' 'nvidia-nccl-cu13==2.28.9' 'nvidia-nvshmem-cu13==3.4.5')
torch_cuda_stamp="$torch_stamp and ${torch_cuda_wheels[*]}, recipe 1"

cache=${XDG_CACHE_HOME:-}
if [[ $cache != /* ]]; then cache=${HOME:-}/.cache; fi  # a relative path counts as none
if [[ $cache = /.cache ]]; then fail "neither HOME nor XDG_CACHE_HOME is set: where shall CAF and libtorch go?"; fi
cache=$cache/zenops
work=$cache/work

stamped() { [ "$(cat "$1/.zenops" 2>/dev/null)" = "$2" ]; }
caf_is_there() { [ "${CAF_ROOT:-}" ] || stamped "$cache/caf" "$caf_stamp"; }
torch_is_there() { [ "${TORCH_ROOT:-}" ] || stamped "$cache/torch" "$torch_stamp"; }
python_is_there() { stamped "$cache/python" "$python_stamp"; }
torch_cuda_is_there() { [ "${TORCH_ROOT:-}" ] || [ "$(cat "$cache/torch/.zenops-cuda" 2>/dev/null)" = "$torch_cuda_stamp" ]; }
cuda_is_there() { stamped "$cache/cuda" "$cuda_stamp"; }

# The machine's own nvcc: CUDACXX, on PATH, or where NVIDIA's packages put it, but not on PATH.
nvcc_of_the_machine() {
  local nvcc
  for nvcc in "${CUDACXX:-}" "$(command -v nvcc || true)" "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc"; do
    if [ "$nvcc" ] && have "$nvcc"; then echo "$nvcc"; return 0; fi
  done
  return 1
}

# Whichever there is; nothing when there is none.
nvcc_to_use() {
  nvcc_of_the_machine && return 0
  if cuda_is_there; then echo "$cache"/cuda/lib/python3*/site-packages/nvidia/cu13/bin/nvcc; fi
}

setup() {
  if [ -z "$(missing_packages "${packages[@]}")" ] && caf_is_there && torch_is_there; then return 0; fi
  locked install_what_builds
}

setup_python() {
  if python_is_there; then return 0; fi
  locked install_python
}

setup_cuda() {
  nvcc_of_the_machine >/dev/null || cuda_is_there || locked install_cuda
  torch_cuda_is_there || locked install_torch_cuda
}

# locked COMMAND…: with an empty folder $work, and nobody else at it.
locked() {
  mkdir -p "$cache" || fail "cannot make $cache: set XDG_CACHE_HOME to a folder that can be written"
  exec 9>"$cache/lock"
  flock --nonblock 9 || { say "another set-up is at work; waiting for it"; flock 9; }
  rm -rf "$work"
  mkdir "$work"
  "$@"
  rm -rf "$work"
  exec 9>&-
}

install_what_builds() {
  install_packages "${packages[@]}"
  caf_is_there || install_caf
  torch_is_there || install_torch
}

# put_in_place NEW FINAL STAMP: FINAL is never seen half made.
put_in_place() {
  echo "$3" >"$1/.zenops"
  rm -rf "$2"
  mv -T "$1" "$2"
}

missing_packages() {
  have dpkg-query || { printf '%s\n' "$@"; return; }
  LC_ALL=C comm -13 \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | LC_ALL=C sort -u) \
    <(printf '%s\n' "$@" | LC_ALL=C sort -u)
}

may_use_sudo() { have sudo && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; }

install_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  have apt-get || fail "packages can be installed only with apt; on this system see docs/dependencies.md and README.md"
  if ((EUID != 0)); then
    may_use_sudo || fail "these packages are missing, and neither root nor sudo is at hand to install them:
  ${missing[*]}
as root:
  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  # Lists that cannot be refreshed (somebody else's repository is down) may still be good enough.
  quietly "installing ${#missing[@]} packages" "$cache/logs/packages.log" \
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C sh -c '
      apt-get update
      exec apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"' sh "${missing[@]}"
}

# The distribution's mirrors, as this machine's apt knows them: those that carry this very release first.
mirrors() {
  local release
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="$release" '!/security/ { print ($1 == release ? 0 : 1), $2 }' | sort -u | awk '!seen[$2]++ { print $2 }'
}

# Through a private view of one more suite of a mirror: the machine's own sources, pins and lists stay untouched.
caf_from_apt() {
  local mirror keyring signed_by='' view folder=$work/apt tarball=actor-framework_$caf_version.orig.tar.gz
  for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    if [ -e "$keyring" ]; then signed_by="[signed-by=$keyring]"; fi
  done
  view=(-o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$folder/lists"
    -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3)
  for mirror in $(mirrors); do
    rm -rf "$folder"
    mkdir -p "$folder"/{lists,cache/archives}/partial
    echo "deb-src $signed_by $mirror experimental main" >"$folder/sources.list"
    (cd "$folder" && apt-get "${view[@]}" update &&
      apt-get "${view[@]}" source --download-only --tar-only "actor-framework=$caf_version-1~exp1" &&
      echo "$caf_sha256  $tarball" | sha256sum --check &&
      mkdir "$work/caf" && tar xzf "$tarball" -C "$work/caf" --strip-components=1) && return 0
  done
  return 1
}

caf_from_git() {
  rm -rf "$work/caf"
  git clone --quiet --depth 1 --branch "$caf_version" "$caf_upstream" "$work/caf" &&
    [ "$(git -C "$work/caf" rev-parse 'HEAD^{tree}')" = "$caf_tree" ]
}

install_caf() {
  local log=$cache/logs/caf
  quietly "CAF $caf_version: its source from the distribution" "$log-source.log" caf_from_apt || {
    install_packages git
    quietly "CAF $caf_version: its source from upstream's tag" "$log-source.log" caf_from_git
  }
  use_ccache
  # -O3 halves the receiver's CPU time per gigabyte; g++ 13 and later miss <cstdint>.
  quietly "CAF $caf_version: configuring" "$log-configure.log" \
    cmake -S "$work/caf" -B "$work/caf-build" -G Ninja -DCMAKE_INSTALL_PREFIX="$cache/caf" -DCMAKE_INSTALL_LIBDIR=lib \
    -DCMAKE_INSTALL_RPATH='$ORIGIN' -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE='-O3 -DNDEBUG' -DCMAKE_CXX_FLAGS='-w -include cstdint' \
    -DCMAKE_PROJECT_INCLUDE="$root/scripts/caf_unity.cmake" -DCAF_ENABLE_IO_MODULE=ON -DCAF_ENABLE_OPENSSL_MODULE=ON \
    -DCAF_ENABLE_EXAMPLES=OFF -DCAF_ENABLE_TESTING=OFF -DCAF_ENABLE_TOOLS=OFF
  quietly "CAF $caf_version: building (three CPU minutes, the longest step)" "$log-build.log" \
    cmake --build "$work/caf-build" --parallel "$(jobs_at_once)"
  quietly "CAF $caf_version: installing" "$log-install.log" \
    env DESTDIR="$work/root" cmake --install "$work/caf-build"
  put_in_place "$work/root$cache/caf" "$cache/caf" "$caf_stamp"
}

# pip_install VENV ARGS…. No cache and a temporary folder of ours: a wheel may be half a gigabyte, unpacked twice that.
pip_install() {
  TMPDIR=$work PIP_USER=0 "$1/bin/python" -m pip install --no-cache-dir --no-input --disable-pip-version-check \
    --progress-bar off "${@:2}"
}

# make_venv FOLDER TITLE ARGS…: a virtual environment in work/ with what pip installs. One failure to fetch is not the end.
make_venv() {
  local folder=$1 title=$2 log=$cache/logs/$1
  shift 2
  quietly "$folder: a virtual environment" "$log-venv.log" python3 -m venv "$work/$folder"
  quietly "$title" "$log.log" pip_install "$work/$folder" "$@" || quietly "$title, once more" "$log.log" pip_install "$work/$folder" "$@"
}

# install_venv FOLDER STAMP TITLE ARGS…
install_venv() {
  local folder=$1 stamp=$2
  shift 2
  make_venv "$folder" "$@"
  put_in_place "$work/$folder" "$cache/$folder" "$stamp"
}

# Without dependencies: Python's side of torch is not used, and on a CPU libtorch loads just the two wheels beside it.
install_torch() {
  install_venv torch "$torch_stamp" "libtorch: ${torch_wheels[0]} (half a gigabyte)" --no-deps --no-compile "${torch_wheels[@]}"
}

install_python() {
  install_packages python3-venv
  install_venv python "$python_stamp" "Python's ${torch_wheels[0]} (five gigabytes unpacked)" "${python_wheels[@]}"
}

# Beside torch's, where it looks for them: what was interrupted is gone on with, for pip knows what is there. They are not put in place
# by a rename, for nothing that trains on cores reads them.
install_torch_cuda() {
  local log=$cache/logs/torch-cuda.log title="what torch loads for cards: CUDA's libraries, cuDNN and NCCL (three gigabytes unpacked)"
  quietly "$title" "$log" pip_install "$cache/torch" --no-compile "${torch_cuda_wheels[@]}" ||
    quietly "$title, once more" "$log" pip_install "$cache/torch" --no-compile "${torch_cuda_wheels[@]}"
  echo "$torch_cuda_stamp" >"$cache/torch/.zenops-cuda"
}

# The wheels lay it out as a toolkit, but without the names by which linkers and CMake look for libraries.
install_cuda() {
  install_packages python3-venv
  make_venv cuda "CUDA: ${cuda_wheels[0]} and cuBLAS (a gigabyte unpacked)" --no-deps --no-compile "${cuda_wheels[@]}"
  local folder library
  folder=$(echo "$work"/cuda/lib/python3*/site-packages/nvidia/cu13)
  [ -x "$folder/bin/nvcc" ] || fail "the wheels of CUDA have no nvcc in $folder"
  ln -s lib "$folder/lib64"
  for library in "$folder"/lib/*.so.*; do ln -sf "${library##*/}" "${library%%.so.*}.so"; done
  put_in_place "$work/cuda" "$cache/cuda" "$cuda_stamp"
}
