#!/bin/bash
# A source includes its own header first, which proves that the header needs nothing before it. (Public headers are also
# compiled one by one: rules.headers.)
set -euo pipefail
cd "${1:-.}"
source "$(dirname "$0")/sources.sh"

wrong=0 count=0
while read -r source; do
  case $source in
    src/* | interop/* | plugin/*) ;;
    *) continue ;;
  esac
  name=${source#src/} name=${name%.cc}.h
  for own in "$name" "connectrpc/${name#*/}" "connectrpc/$name"; do
    [ -f "src/$own" ] || [ -f "include/$own" ] || [ -f "$own" ] || continue
    count=$((count + 1))
    first=$(grep -nm1 '^[[:space:]]*#[[:space:]]*include' "$source" || true)
    if [[ $first != *"\"$own\""* ]]; then
      echo "$source:${first%%:*}: the first include must be \"$own\""
      wrong=$((wrong + 1))
    fi
    break
  done
done < <(code)
[ "$wrong" = 0 ] || exit 1
echo "$count sources include their own header first"
