#!/bin/bash
# Code looks as clang-format-14 (Debian 12's) leaves it. Without that program the test is skipped, but not in CI.
set -euo pipefail
cd "${1:-.}"
source "$(dirname "$0")/sources.sh"

if ! command -v clang-format-14 >/dev/null; then
  [ -n "${CI:-}" ] || exit 77 # what tests/rules/CMakeLists.txt declares as skipped
  echo "clang-format-14 is missing" >&2
  exit 1
fi
mapfile -t files < <(code)
if ! clang-format-14 --dry-run -Werror "${files[@]}"; then
  echo "to repair: clang-format-14 -i FILE..." >&2
  exit 1
fi
echo "${#files[@]} files are formatted"
