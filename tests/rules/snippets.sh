#!/bin/bash
# Code in README.md and docs/ comes from files that are compiled or run. Above each block of C++, CMake, shell and the
# like stands its source, `<!-- from examples/greet/server.cc#serve -->`: the lines of that file between the comments
# `snippet: serve` and `end snippet`, less their common indentation; without `#`, the whole file.
set -euo pipefail
cd "${1:-.}"

documents=(README.md)
while read -r document; do documents+=("$document"); done < <(find docs -name '*.md' ! -name design.md | sort)

awk '
  function complain(text) {
    printf "%s:%d: %s\n", FILENAME, start, text
    wrong++
  }

  # The text of `source`, "path" or "path#name"; "" if there is no such thing.
  function extract(source,    path, name, line, inside, count, lines, indent, common, text, i) {
    path = source; name = ""
    if (i = index(source, "#")) { path = substr(source, 1, i - 1); name = substr(source, i + 1) }
    inside = (name == ""); common = 999; count = 0
    while ((getline line < path) > 0) {
      if (name != "" && line ~ ("^[ \t]*(//|#) snippet: " name "$")) { inside = 1; continue }
      if (name != "" && line ~ "^[ \t]*(//|#) end snippet") { inside = 0; continue }
      if (!inside) continue
      lines[++count] = line
      match(line, /^ */)
      if (line != "" && RLENGTH < common) common = RLENGTH
    }
    close(path)
    text = ""
    for (i = 1; i <= count; i++) text = text substr(lines[i], common + 1) "\n"
    return text
  }

  FNR == 1 { origin = ""; block = 0 }

  !block && /^```(cpp|c\+\+|cmake|sh|bash|shell|console|proto|json|js|ini)$/ {
    block = 1; start = FNR; body = ""; source = origin; origin = ""
    if (source == "") complain("a code block without `<!-- from FILE#NAME -->` above it")
    next
  }
  !block && /^```[a-z]*$/ { block = 2; next }
  block == 1 && /^```$/ {
    block = 0
    if (source == "") next
    checked++
    expected = extract(source)
    if (expected == "") complain("nothing found at " source)
    else if (expected != body) complain("differs from " source ", which has:\n" expected)
    next
  }
  block == 2 && /^```$/ { block = 0; next }
  block == 1 { body = body $0 "\n"; next }
  block { next }
  /^<!-- from [^ ]+ -->$/ { origin = $3; next }
  { origin = "" }

  END {
    if (wrong) exit 1
    if (!checked) { print "no code blocks found"; exit 1 }
    print checked " code blocks are as in their files"
  }
' "${documents[@]}"
