# shellcheck shell=bash
# Sourced by the rules: what counts as source. Run from the top of the tree.

# sources [FIND EXPRESSION] - the files people write, one a line; not what the plugin is expected to make of hostile input.
sources() {
  find . \( -path './build*' -o -path ./.git -o -path ./tests/plugin/golden -o -name node_modules \) -prune -o -type f "$@" -printf '%P\n' | sort
}

code() { sources \( -name '*.h' -o -name '*.cc' \); }
