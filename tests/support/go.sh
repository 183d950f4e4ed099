# shellcheck shell=bash
# Sourced by the `run` scripts, after packages.sh: a Go toolchain, and programs built with it, below build/tools.

# What builds our Go programs where Go is missing or older than this, as Debian 12's is: this toolchain, which is fetched
# like a module.
connectrpc_go_minor=24
connectrpc_go_version=1.24.13
connectrpc_go_sum=h1:5sgfUhn9QCgVl4UYj32GrIYFHI3bi2UX55tNfupXwxc=

# connectrpc_need_go TOOLS - makes sure that there is a Go toolchain, below the folder TOOLS if it has to be fetched, and
# sets up this shell to use it without touching the user's own caches.
connectrpc_need_go() {
  local tools=$1
  mkdir -p "$tools"
  export GOPATH=$tools/go GOMODCACHE=$tools/go/pkg/mod GOCACHE=$tools/go-cache GOBIN=$tools
  # Only a writable module cache can be deleted with the build folder.
  export GOTOOLCHAIN=local GOFLAGS=-modcacherw
  connectrpc_go=go
  connectrpc_go_is_enough || connectrpc_go=$tools/go-toolchain/bin/go
  connectrpc_go_is_enough || connectrpc_fetch_go "$tools"
}

# Whether $connectrpc_go exists and is new enough.
connectrpc_go_is_enough() {
  local version
  version=$("$connectrpc_go" env GOVERSION 2>/dev/null) || return 1
  [[ $version =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= connectrpc_go_minor))
}

# Fetches the pinned toolchain, by Debian's Go or an older one that is there.
connectrpc_fetch_go() {
  local tools=$1 module=golang.org/toolchain@v0.0.1-go$connectrpc_go_version.linux-amd64 answer
  if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "$0: please install Go 1.$connectrpc_go_minor or newer" >&2
    return 1
  fi
  command -v go >/dev/null || connectrpc_need ca-certificates golang-go
  echo "fetching Go $connectrpc_go_version"
  if ! answer=$(cd "$tools" && go mod download -json "$module"); then
    echo "$0: no Go 1.$connectrpc_go_minor or newer on PATH, and the toolchain cannot be fetched: $answer" >&2
    return 1
  fi
  if ! grep -qF "\"Sum\": \"$connectrpc_go_sum\"" <<<"$answer"; then
    echo "$0: the Go toolchain that was fetched is not the pinned one" >&2
    return 1
  fi
  rm -rf "$tools/go-toolchain"
  mv "$GOMODCACHE/$module" "$tools/go-toolchain"
  # A module can hold neither permissions nor go.mod files of nested modules; the go command restores both too.
  find "$tools/go-toolchain" \( -path '*/bin/*' -o -path '*/pkg/tool/*' \) -type f -exec chmod +x {} +
  find "$tools/go-toolchain" -name _go.mod -execdir mv _go.mod go.mod \;
  connectrpc_go=$tools/go-toolchain/bin/go
}
