#!/usr/bin/env bash
# Arrows point down: a folder includes only what its CMake targets link, and they link only what the table below allows.
#
#   tests/layers.sh              prints each violation as FILE:LINE: …; exit status 1 if there is one
#   tests/layers.sh --self-test  tries this script on small trees, one for each way to break the rule
set -euo pipefail
self=$(realpath "${BASH_SOURCE[0]}")

# Lines of the table: which of our folders a folder may know; where a library stops ("*": everywhere it is linked).
# tests/X may know X and what X may; all tests may know GoogleTest, valgrind's headers and tests' helpers.
table() {
  cat <<'END'
folder  base
folder  aggregation  base
folder  attacks      aggregation base
folder  models       base
folder  runtime      base
folder  actors       attacks aggregation models runtime base
folder  configs      actors attacks aggregation models runtime base
folder  cli          bench configs actors attacks aggregation models runtime base
folder  bench        aggregation models runtime base
folder  zenops       configs actors attacks aggregation models runtime base
folder  examples     zenops
library tl           *
library openssl      *
library zlib         *
library cuda         aggregation models
library nlohmann     base configs cli
library hwy          aggregation
library torch        models bench
library caf          runtime actors bench
library capnp        runtime actors bench examples
library sqlite       runtime
library yaml-cpp     configs
library CLI          cli
library cairo        cli
library edit         cli
library benchmark    bench
library gtest
library valgrind
END
}

# What CMake says, as lines of: link FOLDER public|private TARGET FILE:LINE, and: target FOLDER NAME.
links() {
  find . \( -name build -o -name '.*' -mindepth 1 \) -prune -o -name CMakeLists.txt -print | sort | sed 's|^\./||' |
    while read -r file; do
      awk -v file="$file" '
        function folder(path,   part, n) {
          n = split(path, part, "/")
          return n == 1 ? "." : part[1] == "tests" && n > 2 ? "tests/" part[2] : part[1]
        }
        function token(word) {
          if (command == "") { last = word; return }
          if (word == ")") { command = ""; return }
          if (++argument == 1) {
            name = word
            if (command == "zenops_library") print "target", folder(file), word
            if (command ~ /^zenops_(schema|messages)$/) print "link", folder(file), "public", "CapnProto::capnp", file ":" FNR
            how = command == "target_link_libraries" ? "public" : ""
          }
          else if (word == "LINKS") how = command == "zenops_test" ? "private" : "public"
          else if (word == "PRIVATE_LINKS" || word == "PRIVATE") how = "private"
          else if (word == "PUBLIC" || word == "INTERFACE") how = "public"
          else if (word == "SOURCES" || word == "LABELS") how = ""
          else if (how != "") print "link", folder(file), how, word, file ":" FNR
        }
        file ~ "^(tests/)?CMakeLists.txt$" { next }  # the helpers themselves
        {
          sub(/#.*/, "")
          gsub(/\(/, " ( "); gsub(/\)/, " ) ")
          for (i = 1; i <= NF; i++)
            if ($i == "(" && command == "") {
              if (last ~ /^(zenops_library|zenops_test|zenops_schema|zenops_messages|target_link_libraries)$/) { command = last; argument = 0 }
            } else token($i)
        }' "$file"
    done
}

# What sources and schemas say, as lines of: include FOLDER HEADER FILE:LINE. Includes of ours are in quotes.
includes() {
  { grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' . --exclude-dir=build --exclude-dir='.?*' \
      --include='*.cpp' --include='*.hpp' --include='*.h' --include='*.cu' --include='*.cuh' --include='*.cpp.in' || true
    grep -rnE 'import[[:space:]]*"/' . --exclude-dir=build --exclude-dir='.?*' --include='*.capnp' | sed 's|import *"/|import "|' || true
  } | sort | awk '{
        match($0, /^[^:]*:[0-9]+/)
        where = substr($0, 3, RLENGTH - 2)
        n = split(where, part, "/")
        folder = n == 1 ? "." : part[1] == "tests" && n > 2 ? "tests/" part[2] : part[1]
        line = substr($0, RLENGTH + 2)
        match(line, /["<][^">]*/)
        print "include", folder, substr(line, RSTART, RLENGTH), where
      }'
}

judge() {
  awk '
    function has(list, word) { return index(" " list " ", " " word " ") > 0 }
    # The library behind a CMake target: its name in the table, "" for none, "?" for one that this script never heard of.
    function library(target) {
      if (target == "tl::expected") return "tl"
      if (target ~ /^OpenSSL::/) return "openssl"
      if (target == "ZLIB::ZLIB") return "zlib"
      if (target ~ /^CUDA::/) return "cuda"
      if (target ~ /^nlohmann_json::/) return "nlohmann"
      if (target == "PkgConfig::HWY") return "hwy"
      if (target ~ /^Libtorch::/) return "torch"
      if (target ~ /^CAF::/) return "caf"
      if (target ~ /^CapnProto::/) return "capnp"
      if (target ~ /^yaml-cpp/) return "yaml-cpp"
      if (target ~ /^CLI11::/) return "CLI"
      if (target == "PkgConfig::CAIRO") return "cairo"
      if (target == "PkgConfig::EDIT") return "edit"
      if (target == "SQLite::SQLite3") return "sqlite"
      if (target == "zenops_counting") return "capnp"  # a schema of tests
      if (target == "zenops::${component}") return ""  # an example says which
      if (target ~ /^benchmark::/) return "benchmark"
      if (target ~ /^GTest::/) return "gtest"
      if (target ~ /^(Threads::Threads|\$\{CMAKE_DL_LIBS\}|dl|rt|m)$/) return ""
      return "?"
    }
    # The library behind a header, likewise.
    function origin(header,   top) {
      if (header == "zlib.h") return "zlib"
      if (header == "sqlite3.h") return "sqlite"
      if (header ~ /^(cuda|cublas|cub\/)/) return "cuda"
      if (header ~ /^cairo/) return "cairo"
      if (header == "histedit.h") return "edit"
      if (header !~ /\//) return ""
      top = header
      sub(/\/.*/, "", top)
      if (top ~ /^(torch|ATen|c10)$/) return "torch"
      if (top ~ /^(capnp|kj)$/) return "capnp"
      if (top ~ /^(gtest|gmock)$/) return "gtest"
      if (top ~ /^(sys|linux|net|netinet|arpa)$/) return ""
      return top in stops ? top : "?"
    }
    function folder_of(target) {
      sub(/^zenops(::|_)/, "", target)
      return target in home ? home[target] : ""
    }
    function tested(folder) { return folder == "tests/simulation" ? "actors" : folder ~ /^tests\// ? substr(folder, 7) : folder }
    function may_know(folder, other) {
      return folder == other || has(knows[tested(folder)], other) || (folder ~ /^tests/ && (other == tested(folder) || other ~ /^tests/))
    }
    function may_test_with(folder, lib) { return folder ~ /^tests/ && (lib == "gtest" || lib == "valgrind") }
    function may_use(folder, lib) {
      return stops[lib] == "*" || has(stops[lib], tested(folder)) || may_test_with(folder, lib)
    }
    function say(where, what) { print where ": " what; bad++ }
    # Adds to reach[folder] what linking `other` brings: the folder itself and what it links publicly.
    function link_to(folder, other,   list, n, i) {
      if (has(reach[folder], other)) return
      reach[folder] = reach[folder] " " other
      n = split(public[other], list, " ")
      for (i = 1; i <= n; i++) link_to(folder, list[i])
    }

    $1 == "folder" { name = $2; $1 = $2 = ""; knows[name] = $0 }
    $1 == "library" { name = $2; $1 = $2 = ""; sub(/^ +/, ""); stops[name] = $0 }
    $1 == "target" { home[$3] = $2 }
    $1 == "link" { link[++links] = $0 }
    $1 == "include" { include[++includes] = $0 }

    END {
      for (i = 1; i <= links; i++) {
        split(link[i], l, " ")
        other = folder_of(l[4])
        if (other == "") {
          lib = library(l[4])
          if (lib == "?") { say(l[5], "what is " l[4] "? tests/layers.sh does not know this library"); continue }
          if (lib == "") continue
          if (!may_use(l[2], lib)) say(l[5], l[2] " links " l[4] ", which stops in: " stops[lib])
          other = "lib:" lib
        } else if (!may_know(l[2], other))
          say(l[5], l[2] " links " l[4] ": arrows point down, and " l[2] " may know only:" knows[tested(l[2])])
        if (l[3] == "public") public[l[2]] = public[l[2]] " " other
        direct[l[2]] = direct[l[2]] " " other
      }
      for (f in direct) { n = split(direct[f], list, " "); for (i = 1; i <= n; i++) link_to(f, list[i]) }

      for (i = 1; i <= includes; i++) {
        split(include[i], w, " ")
        folder = w[2]; quoted = substr(w[3], 1, 1) == "\""; header = substr(w[3], 2); where = w[4]
        shown = quoted ? "\"" header "\"" : "<" header ">"
        if (!(tested(folder) in knows) && folder !~ /^tests/) { say(where, folder " is no folder of the table in tests/layers.sh"); continue }
        top = header; sub(/\/.*/, "", top)
        if (quoted && origin(header) == "" || top == "..") { say(where, shown ": includes start at the top of the tree"); continue }
        # An example knows the public headers and its own messages.
        if (folder == "examples" && (!quoted && top == "zenops" || quoted && top == "wire")) continue
        if (top in knows || top == "tests") {
          if (!may_know(folder, top)) say(where, folder " includes " shown ": arrows point down, and " folder " may know only:" knows[tested(folder)])
          else if (top != folder && top != "tests" && !has(reach[folder], top)) say(where, folder " includes " shown ", but links nothing of " top)
          continue
        }
        lib = origin(header)
        if (lib == "?") { say(where, shown ": tests/layers.sh does not know this library"); continue }
        if (lib == "") continue
        if (!may_use(folder, lib)) say(where, folder " includes " shown ": " lib " stops in: " stops[lib])
        else if (!has(reach[folder], "lib:" lib) && !may_test_with(folder, lib)) say(where, folder " includes " shown ", but links nothing of " lib)
      }
      if (includes == 0 || links == 0) say("tests/layers.sh", "found no includes or no links: is this the tree?")
      if (bad) { print bad " violation" (bad > 1 ? "s" : "") " in " includes " includes and " links " links"; exit 1 }
      print "arrows point down: " includes " includes, " links " links"
    }'
}

self_test() {
  local tree failed=0
  tree=$(mktemp -d)
  trap "rm -rf '$tree'" EXIT
  plant() {  # a small tree that obeys, afresh
    rm -rf "${tree:?}"/*
    mkdir -p "$tree"/{base,aggregation,models/torch,runtime/wire,actors,configs,cli,bench,zenops,examples,tests/base,tests/models,build/x}
    cp "$self" "$tree/tests/layers.sh"
    cd "$tree"
    echo 'zenops_library(base SOURCES a.cpp LINKS tl::expected  # a comment with zenops::cli
      PRIVATE_LINKS nlohmann_json::nlohmann_json)' >base/CMakeLists.txt
    echo 'zenops_library(aggregation SOURCES a.cpp LINKS zenops::base PRIVATE_LINKS PkgConfig::HWY)' >aggregation/CMakeLists.txt
    printf '%s\n' 'zenops_library(models SOURCES a.cpp LINKS zenops::base PRIVATE_LINKS ZLIB::ZLIB ${CMAKE_DL_LIBS})' \
      'zenops_library(torch SHARED SOURCES b.cpp PRIVATE_LINKS zenops::base Libtorch::cpu)' >models/CMakeLists.txt
    printf '%s\n' 'zenops_library(runtime SOURCES a.cpp LINKS zenops::base CAF::core)' \
      'zenops_schema(zenops_runtime wire/a.capnp)' >runtime/CMakeLists.txt
    echo 'zenops_library(actors SOURCES a.cpp LINKS zenops::aggregation zenops::models zenops::runtime)' >actors/CMakeLists.txt
    echo 'zenops_library(configs SOURCES a.cpp LINKS zenops::actors PRIVATE_LINKS yaml-cpp)' >configs/CMakeLists.txt
    printf '%s\n' 'add_executable(zenops-cli main.cpp)' 'target_link_libraries(zenops-cli PRIVATE zenops::configs CLI11::CLI11)' >cli/CMakeLists.txt
    echo 'zenops_test(base SOURCES a_test.cpp LINKS zenops::base)' >tests/base/CMakeLists.txt
    echo 'zenops_test(models SOURCES a_test.cpp LINKS zenops::models Libtorch::cpu)' >tests/models/CMakeLists.txt
    printf '%s\n' '#include <vector>' '#include <sys/mman.h>' '#include <tl/expected.hpp>' '#include <nlohmann/json.hpp>' '#include "base/a.hpp"' >base/a.cpp
    printf '%s\n' '#include <hwy/highway.h>' '#include "base/a.hpp"' >aggregation/a.cpp
    printf '%s\n' '#include <torch/torch.h>' '#include <zlib.h>' '#include "models/a.hpp"' >models/torch/b.cpp
    printf '%s\n' 'using Cxx = import "/capnp/c++.capnp";' >runtime/wire/a.capnp
    printf '%s\n' '#include <capnp/message.h>' '#include <tl/expected.hpp>' '#include "runtime/wire/a.capnp.h"' '#include "base/a.hpp"' '#include "models/a.hpp"' >actors/a.cpp
    printf '%s\n' '#include <yaml-cpp/yaml.h>' '#include "actors/a.hpp"' '#include "models/a.hpp"' >configs/a.cpp
    printf '%s\n' '#include <CLI/CLI.hpp>' '#include "runtime/a.hpp"' '#include "configs/a.hpp"' >cli/main.cpp
    printf '%s\n' '#include <gtest/gtest.h>' '#include "base/a.hpp"' '#include "tests/base/helper.hpp"' >tests/base/a_test.cpp
    printf '%s\n' '#include <torch/torch.h>' '#include "models/a.hpp"' >tests/models/a_test.cpp
    printf '%s\n' '#include "cli/a.hpp"' >build/x/generated.cpp
    printf '%s\n' 'add_library(zenops_api INTERFACE)' 'target_link_libraries(zenops_api INTERFACE zenops::actors)' >zenops/CMakeLists.txt
    printf '%s\n' '#include "actors/a.hpp"' >zenops/zenops.hpp
    printf '%s\n' '#include <zenops/zenops.hpp>' '#include "wire/a.capnp.h"' >examples/a.cpp
  }
  # expect WHAT FILE LINE WORDS: with LINE added to FILE the script fails, names the place and says WORDS.
  expect() {
    local what=$1 file=$2 line=$3 words=$4 said
    plant
    echo "$line" >>"$file"
    if said=$(tests/layers.sh) || ! grep -qE "^$file:[0-9]+: .*$words" <<<"$said"; then
      printf 'FAILED: %s. It said:\n%s\n' "$what" "$said"
      failed=1
    fi
  }
  plant
  tests/layers.sh || { echo 'FAILED: a tree that obeys was refused'; failed=1; }
  expect 'base looks up' base/a.cpp '#include "runtime/a.hpp"' 'arrows point down'
  expect 'aggregation looks at models' aggregation/a.cpp '#  include "models/a.hpp"' 'arrows point down'
  expect 'a schema looks up' runtime/wire/a.capnp 'using A = import "/actors/wire/a.capnp";' 'arrows point down'
  expect 'torch leaves models' actors/a.cpp '#include <ATen/ATen.h>' 'torch stops in: models bench'
  expect 'YAML leaves configs' cli/main.cpp '#include <yaml-cpp/yaml.h>' 'yaml-cpp stops in: configs'
  expect 'CAF enters configs through what it links' configs/a.cpp '#include <caf/actor.hpp>' 'caf stops in'
  expect 'JSON enters actors' actors/a.cpp '#include <nlohmann/json.hpp>' 'nlohmann stops in'
  expect 'a test looks up' tests/base/a_test.cpp '#include "models/a.hpp"' 'arrows point down'
  expect 'a test takes torch elsewhere' tests/base/a_test.cpp '#include <torch/torch.h>' 'torch stops in'
  expect 'GoogleTest in the product' base/a.cpp '#include <gtest/gtest.h>' 'gtest stops in'
  expect 'valgrind in the product' aggregation/a.cpp '#include <valgrind/callgrind.h>' 'valgrind stops in'
  expect 'an example reaches behind the public headers' examples/a.cpp '#include "runtime/a.hpp"' 'arrows point down'
  expect 'a public header is included elsewhere' actors/a.cpp '#include <zenops/zenops.hpp>' 'arrows point down'
  expect 'an include from beside' base/a.cpp '#include "a.hpp"' 'start at the top'
  expect 'an unknown library' base/a.cpp '#include <boost/any.hpp>' 'does not know'
  expect 'a link up' models/CMakeLists.txt 'target_link_libraries(zenops_models PRIVATE zenops::actors)' 'arrows point down'
  expect 'a link to a library that stops elsewhere' cli/CMakeLists.txt 'target_link_libraries(zenops-cli PRIVATE Libtorch::cpu)' 'which stops in'
  expect 'a link to an unknown library' base/CMakeLists.txt 'target_link_libraries(zenops_base PUBLIC Boost::any)' 'does not know'
  expect 'included but not linked' base/a.cpp '#include <openssl/evp.h>' 'links nothing of openssl'
  plant
  sed -i 's/zenops::runtime//' actors/CMakeLists.txt
  if tests/layers.sh >said; then echo 'FAILED: an include of a folder that is not linked was let through'; failed=1; fi
  grep -q 'links nothing of runtime' said || { echo 'FAILED: it said:'; cat said; failed=1; }
  plant
  mkdir extras
  echo '#include <vector>' >extras/a.cpp
  if tests/layers.sh >said; then echo 'FAILED: an unknown folder was let through'; failed=1; fi
  rm -rf ./*/
  mkdir tests
  cp "$self" tests
  if tests/layers.sh >said; then echo 'FAILED: an empty tree was taken for one that obeys'; failed=1; fi
  ((failed == 0)) && echo 'tests/layers.sh sees every violation that was planted'
}

if [ "${1:-}" = --self-test ]; then
  self_test
else
  cd "$(dirname "$self")/.."
  { table; links; includes; } | judge
fi
