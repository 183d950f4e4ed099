# shellcheck shell=bash
# Sourced by the rules: what counts as source. Run from the top of the tree.

# sources [FIND EXPRESSION] - the files people write, one a line.
sources() {
  find CMakeLists.txt CMakePresets.json README.md .ci bench conformance examples include interop plugin src tests \
    \( -name 'build*' -o -name node_modules \) -prune -o -type f "$@" -print | sort
}

code() { sources \( -name '*.h' -o -name '*.cc' \); }
