# shellcheck shell=bash
# Sourced by the `run` scripts: Debian packages that are missing are installed; nothing happens when none is.

# What the library and its tests are built with.
# shellcheck disable=SC2034  # read by the scripts that source this file
connectrpc_build_packages=(g++ cmake ninja-build pkg-config ccache libgrpc++-dev protobuf-compiler-grpc
  libprotobuf-dev libprotoc-dev libnghttp2-dev libboost-dev libboost-program-options-dev libabsl-dev zlib1g-dev libzstd-dev
  libbrotli-dev libsnappy-dev libssl-dev libgtest-dev libgmock-dev)

# connectrpc_need PACKAGE... - makes sure that these packages are installed, as root or by sudo.
#
# Set CONNECTRPC_NO_INSTALL=1 to skip the check on a system whose packages have other names.
connectrpc_need() {
  [ -z "${CONNECTRPC_NO_INSTALL:-}" ] || return 0
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "$0 installs Debian packages, and this is no Debian. It needs what Debian calls: $*" >&2
    echo "If they are there under other names, set CONNECTRPC_NO_INSTALL=1." >&2
    return 1
  fi

  local installed missing=() package
  # Lists what it knows and complains about the rest.
  # shellcheck disable=SC2016  # a format of dpkg-query
  installed=" $(dpkg-query -W -f='${db:Status-Status}=${Package} ' "$@" 2>/dev/null || true)"
  for package in "$@"; do
    [[ $installed == *" installed=$package "* ]] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "$0 needs packages that are not installed, and neither root nor sudo to install them. As root:" >&2
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n)
  fi
  echo "installing ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3
    -o DPkg::Lock::Timeout=300)
  local log
  log=$(mktemp)
  # The package lists may be missing, or too old to name files that still exist: fetch them only then.
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >"$log" 2>&1; then
    if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } \
      </dev/null >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      rm -f "$log"
      echo "$0: apt-get could not install ${missing[*]}" >&2
      return 1
    fi
  fi
  rm -f "$log"
}
