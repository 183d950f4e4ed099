#!/bin/bash
# The plugin makes of each .proto below golden/<case>/ what lies beside it. All files of a case go to protoc in one run,
# with the options in golden/<case>/options.txt if there is one.
#
# usage: tests/plugin/golden.sh PLUGIN [--update]
#   PLUGIN    the built protoc-gen-connect-cpp
#   --update  write what it makes to golden/, to be reviewed and committed
set -euo pipefail
plugin=$(realpath "${1:?usage: golden.sh PLUGIN [--update]}")
cd "$(dirname "${BASH_SOURCE[0]}")/golden"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
wrong=0 count=0
for case in */; do
  case=${case%/} options=
  [ ! -f "$case/options.txt" ] || options=$(<"$case/options.txt")
  mkdir "$out/$case"
  mapfile -t protos < <(cd "$case" && find . -name '*.proto' -printf '%P\n' | LC_ALL=C sort)
  (cd "$case" && protoc -I. --plugin=protoc-gen-connect-cpp="$plugin" --connect-cpp_out="$out/$case" \
    ${options:+--connect-cpp_opt="$options"} "${protos[@]}" 2> >(grep -v 'contains invalid UTF-8' >&2 || true))
  if [ "${2:-}" = --update ]; then
    find "$case" \( -name '*.connect.pb.*' -o -name '*.connect.grpc.pb.*' -o -name '*.view.pb.*' \) -delete
    cp -r "$out/$case" .
  fi
  diff -ru --exclude='*.proto' --exclude=options.txt "$case" "$out/$case" || wrong=1
  count=$((count + ${#protos[@]}))
done
if [ "$wrong" != 0 ]; then
  echo "what the plugin makes (+) is not what is committed (-); if it is right: tests/plugin/golden.sh PLUGIN --update" >&2
  exit 1
fi
[ "$count" -gt 0 ]
echo "the code of $count files is as expected"
