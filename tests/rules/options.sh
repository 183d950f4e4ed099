#!/bin/bash
# docs/options.md has a row for each option of include/connectrpc/server.h, and none for others.
set -euo pipefail
cd "${1:-.}"

in_header=$(sed -n '/^struct /,/^};/s/^  [a-z_:<>]* \([a-z0-9_]*\)\( = .*\|{.*}\)\{0,1\};.*/\1/p' include/connectrpc/server.h)
# The parts of HttpOptions are headings in the document.
in_header=$(grep -vxE 'limits|timeouts|compression|json' <<<"$in_header" | sort)
# shellcheck disable=SC2016  # backquotes of Markdown
in_document=$(sed -n 's/^| `\([a-z0-9_]*\)` .*/\1/p' docs/options.md | sort)
if ! diff <(echo "$in_header") <(echo "$in_document"); then
  echo "include/connectrpc/server.h (<) and docs/options.md (>) differ in these" >&2
  exit 1
fi
echo "$(wc -l <<<"$in_header") options are described"
