#!/bin/bash
# What must not compile, does not, for the reason given: the cases of misuse.txt.
#
# usage: misuse.sh COMPILER FLAG...
set -euo pipefail
cases=$(dirname "${BASH_SOURCE[0]}")/misuse.txt
compiler=$1
shift
failed=0 seen=0

# check NAME EXPECTED CODE - EXPECTED is what the compiler says, as an extended regular expression, or `compiles`.
check() {
  local said status=0
  said=$("$compiler" "${@:4}" -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ - <<<"$prelude$3" 2>&1) || status=$?
  seen=$((seen + 1))
  if [ "$2" = compiles ]; then
    [ "$status" != 0 ] || return 0
    echo "$1: does not compile"
  else
    [ "$status" = 0 ] || ! grep -qE "$2" <<<"$said" || return 0
    [ "$status" = 0 ] && echo "$1: compiles" || echo "$1: does not compile for another reason than: $2"
  fi
  head -n 20 <<<"$said"
  failed=$((failed + 1))
}

flags=("$@") prelude='' name='' expected='' code=''
run() {
  case $name in
    '') prelude=$code ;;
    clang\ *) ! "$compiler" --version | grep -q clang || check "$name" "$expected" "$code" "${flags[@]}" ;;
    *) check "$name" "$expected" "$code" "${flags[@]}" ;;
  esac
}
while IFS= read -r line; do
  if [[ $line =~ ^===\ (.*):\ (.*)$ ]]; then
    run
    name=${BASH_REMATCH[1]} expected=${BASH_REMATCH[2]} code=
  else
    code+=$line$'\n'
  fi
done <"$cases"
run
[ "$seen" -gt 5 ] || { echo "only $seen cases in $cases" && failed=1; }
echo "$((seen - failed)) as expected, $failed not"
[ "$failed" = 0 ]
