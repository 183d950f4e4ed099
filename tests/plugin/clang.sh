#!/bin/bash
# The committed code of each case in golden/ compiles with clang, too. Without clang++-14 the test is skipped, but not in
# CI.
#
# usage: tests/plugin/clang.sh BUILD_DIR SOURCE_DIR WARNING...
#   BUILD_DIR   tests/plugin/ of the build: golden_NAME.cc, and the headers of messages below golden_messages/NAME
set -euo pipefail
build=$1 root=$2 warnings=("${@:3}")

if ! command -v clang++-14 >/dev/null; then
  [ -n "${CI:-}" ] || exit 77 # what tests/plugin/CMakeLists.txt declares as skipped
  echo "clang++-14 is missing" >&2
  exit 1
fi
count=0 wrong=0
for file in "$build"/golden_*.cc; do
  name=$(basename "$file" .cc) name=${name#golden_}
  standards=(c++17)
  ! grep -qs coroutines "$root/tests/plugin/golden/$name/options.txt" || standards+=(c++20)
  for standard in "${standards[@]}"; do
    clang++-14 -std="$standard" -fsyntax-only "${warnings[@]}" -I"$root/tests/plugin/golden/$name" -I"$root/include" \
      -I"$build/../../src/well_known_views/generated" -isystem "$build/golden_messages/$name" "$file" || wrong=1
    count=$((count + 1))
  done
done
[ "$wrong" = 0 ] && [ "$count" -gt 0 ] || exit 1
echo "$count cases compile"
