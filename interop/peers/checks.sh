# shellcheck shell=bash
# Sourced by interop/run: servers to call, and checks of what clients say. Each check prints one line, `ok NAME` or
# `FAILED NAME: ` and why; interop/run counts them.

server_pids=()

# start_server ARGUMENT... - starts peer_server; sets server_port, server_pid and server_log, the file of what it says.
start_server() {
  server_log=$work/server-$((${#server_pids[@]} + 1)).log
  "$peer_server" "$@" >"$server_log" 2>&1 &
  server_pid=$!
  server_pids+=("$server_pid")
  wait_for "$server_log" '^listening on ' || { cat "$server_log" && return 1; }
  server_port=$(sed -n 's/^listening on //p' "$server_log")
}

stop_servers() {
  [ ${#server_pids[@]} = 0 ] || kill "${server_pids[@]}" 2>/dev/null || true
}

# wait_for FILE REGEX [TIMES] - waits until so many lines of the file match, at most 20 seconds.
wait_for() {
  local i count
  for ((i = 0; i < 400; i++)); do
    count=$(grep -caE -- "$2" "$1" 2>/dev/null || true) # nothing where there is no such file yet
    [ "${count:-0}" -lt "${3:-1}" ] || return 0
    sleep 0.05
  done
  echo "no line like '$2' in $1"
  return 1
}

# call COMMAND... - runs it, at most a minute; sets `said`, its output with its errors, and `status`. The command may be
# an exported function.
call() {
  status=0
  said=$(timeout 60 bash -o pipefail -c '"$@"' call "$@" 2>&1 </dev/null | tr -d '\0\r'; exit "${PIPESTATUS[0]}") || status=$?
}

# report NAME WHY - WHY is empty for a check that passed.
report() {
  local said=${said//$'\n'/ | }
  if [ -z "$2" ]; then echo "ok $1"; else echo "FAILED $1: ${2:0:300}; it said: ${said:0:600}"; fi
}

# says NAME TEXT COMMAND... - the command succeeds and prints just this.
says() {
  call "${@:3}"
  local why=''
  [ "$said" = "$2" ] || why="not \"$2\""
  [ "$status" = 0 ] || why="exit status $status"
  report "$1" "$why"
}

# has NAME REGEX COMMAND... - the command succeeds, and a line of what it prints matches.
has() {
  call "${@:3}"
  local why=''
  grep -qE -- "$2" <<<"$said" || why="no line like '$2'"
  [ "$status" = 0 ] || why="exit status $status"
  report "$1" "$why"
}

# lacks NAME REGEX COMMAND... - the command succeeds and prints something, of which no line matches.
lacks() {
  call "${@:3}"
  local why=''
  ! grep -qE -- "$2" <<<"$said" || why="a line like '$2'"
  [ -n "$said" ] || why="nothing was said"
  [ "$status" = 0 ] || why="exit status $status"
  report "$1" "$why"
}

# fails NAME REGEX COMMAND... - the command fails, and a line of what it prints matches.
fails() {
  call "${@:3}"
  local why=''
  grep -qE -- "$2" <<<"$said" || why="no line like '$2'"
  [ "$status" != 0 ] || why="it succeeded"
  [ "$status" != 124 ] || why="it did not end"
  report "$1" "$why"
}

# program COMMAND... - runs a program that makes checks itself and prints them in the same form.
program() {
  local code=0
  timeout 600 "$@" 2>&1 | tee "$work/program.log" || code=$?
  [ "$code" = 0 ] || grep -q '^FAILED ' "$work/program.log" || echo "FAILED ${1##*/}: exit status $code"
}

# make_certificates DIR - an authority (ca.pem), certificates of it: server and renewed (for 127.0.0.1 and localhost),
# client and expired; stranger is one of another authority (other-ca.pem). Each with its .key.
make_certificates() {
  local dir=$1 name curve=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
  rm -rf "$dir"
  mkdir -p "$dir"
  for name in ca other-ca; do
    openssl req -x509 "${curve[@]}" -nodes -keyout "$dir/$name.key" -out "$dir/$name.pem" -days 30 \
      -subj "/CN=$name of the peers" -addext basicConstraints=critical,CA:TRUE \
      -addext keyUsage=critical,keyCertSign,cRLSign
  done
  issue "$dir" server ca 30 serverAuth rsa:2048
  issue "$dir" renewed ca 30 serverAuth "${curve[@]:1}"
  issue "$dir" client ca 30 clientAuth "${curve[@]:1}"
  issue "$dir" expired ca -1 clientAuth "${curve[@]:1}"
  issue "$dir" stranger other-ca 30 clientAuth "${curve[@]:1}"
}

# issue DIR NAME AUTHORITY DAYS PURPOSE KEY...
issue() {
  local dir=$1 name=$2 ca=$3 days=$4 purpose=$5
  openssl req -newkey "${@:6}" -nodes -keyout "$dir/$name.key" -out "$dir/$name.csr" -subj "/CN=$name"
  openssl x509 -req -in "$dir/$name.csr" -CA "$dir/$ca.pem" -CAkey "$dir/$ca.key" -CAcreateserial -days "$days" \
    -out "$dir/$name.pem" -extfile <(printf '%s\n' "extendedKeyUsage=$purpose" keyUsage=digitalSignature \
      subjectAltName=DNS:localhost,IP:127.0.0.1)
  rm "$dir/$name.csr"
}
