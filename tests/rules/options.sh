#!/bin/bash
# docs/options.md and docs/limits.md have a row for each field of each option struct, and none for others; and each row
# of docs/limits.md names a test that exists.
set -euo pipefail
cd "${1:-.}"

structs='HttpOptions|DirectOptions|JsonFormat|JsonOptions|Limits|Timeouts|DeadlinePolicy|CorsOptions|TlsOptions|CompressionOptions'
structs+='|HttpTransportOptions|ClientTlsOptions|ClientLimits|ClientTimeouts|CallOptions|RetryPolicy|ParseOptions'
headers=()
for header in server json_format limits cors tls compression http_transport client_limits call_options views/parse_options; do
  headers+=("include/connectrpc/$header.h")
done
# Less comments, initializers and functions.
in_headers=$(sed -nE "/^struct ($structs) (: [A-Za-z]+ )?\{/,/^\};/p" "${headers[@]}" | grep -vE '^ *(//|enum )|\{ return' |
  sed -E 's@//.*@@; s/ = .*;/;/; s/\{.*\};/;/' | sed -nE 's/^  [A-Za-z].*[ >]([a-z0-9_]+); *$/\1/p')
# The parts of other structs are headings in the documents.
in_headers=$(grep -vxE 'limits|timeouts|deadlines|cors|tls|compression|json|defaults|retry' <<<"$in_headers" | sort)
# shellcheck disable=SC2016  # backquotes of Markdown
in_documents=$(sed -n 's/^| `\([a-z0-9_]*\)` .*/\1/p' docs/options.md docs/limits.md | sort)
wrong=0
if ! diff <(echo "$in_headers") <(echo "$in_documents"); then
  echo "the option structs (<) and docs/options.md with docs/limits.md (>) differ in these" >&2
  wrong=1
fi

while IFS= read -r row; do
  # shellcheck disable=SC2016
  if [[ $row =~ \`([A-Za-z0-9]+)\.([A-Za-z0-9]+)\`\ in\ (tests/[a-z0-9_/]+\.cc)\ \|$ ]] &&
    grep -qE "TEST(_F|_P)?\(${BASH_REMATCH[1]}, ${BASH_REMATCH[2]}\)" "${BASH_REMATCH[3]}" 2>/dev/null; then
    continue
  fi
  echo "docs/limits.md names no test that exists: $row" >&2
  wrong=1
done < <(grep '^| `' docs/limits.md)

[ "$wrong" = 0 ] || exit 1
echo "$(wc -l <<<"$in_headers") options are described"
