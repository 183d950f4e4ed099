#!/bin/bash
# Sources are ASCII; other characters are written as escapes.
set -euo pipefail
cd "${1:-.}"
source "$(dirname "$0")/sources.sh"

mapfile -t files < <(sources \( -name '*.h' -o -name '*.cc' -o -name '*.proto' -o -name '*.cmake' -o -name '*.in' \
  -o -name CMakeLists.txt -o -name '*.json' -o -name '*.sh' -o -perm -u=x -o -name README.md \))
if LC_ALL=C grep -nHP '[^\t\x20-\x7e]' -- "${files[@]}"; then
  echo "not ASCII (or a control character), see above" >&2
  exit 1
fi
echo "${#files[@]} files are ASCII"
