# shellcheck shell=bash disable=SC2154
# Sourced by interop/run: grpcurl and buf curl, which ask the server itself what it offers, or are told by a descriptor.

descriptor=$work/peer.binpb
protoc --include_imports --descriptor_set_out="$descriptor" -Iinterop/peers peer.proto

# grpcurl_checks HOW OPTION... -- ADDRESS
check_grpcurl() {
  local how=$1 address=${*: -1} options=("${@:2:$#-3}")
  local call=(grpcurl "${options[@]}") version
  has "grpcurl $how: list" "^${service//./\\.}$" "${call[@]}" "$address" list
  lacks "grpcurl $how: list has only services of the server" 'google\.|greet' "${call[@]}" "$address" list
  says "grpcurl $how: list of a service" \
    "$(printf "$service.%s\n" Count Look Open Say Sum Talk)" "${call[@]}" "$address" list "$service"
  has "grpcurl $how: describe a method" '^rpc Count \( .*CountRequest \) returns \( stream .*CountResponse \);$' \
    "${call[@]}" "$address" describe "$service.Count"
  has "grpcurl $how: describe a message" '^ *int32 fail_with = 2;$' \
    "${call[@]}" "$address" describe connectrpc.peers.v1.SayRequest
  has "grpcurl $how: describe what is not there" 'Symbol not found: no\.such\.Thing' \
    failing "${call[@]}" "$address" describe no.such.Thing
  for version in v1 v1alpha; do
    has "grpcurl $how: reflection $version" "\"name\": \"${service//./\\.}\"" "${call[@]}" -d '{"list_services": ""}' \
      "$address" "grpc.reflection.$version.ServerReflection/ServerReflectionInfo"
  done

  has "grpcurl $how: a call" '^  "text": "Hello",$' "${call[@]}" -d '{"text": "Hello"}' "$address" "$service/Say"
  says "grpcurl $how: a server stream" '{"number":1} {"number":2} {"number":3}' \
    on_a_line "${call[@]}" -d '{"up_to": 3}' "$address" "$service/Count"
  says "grpcurl $how: a client stream" '{"sum":"6"}' \
    on_a_line "${call[@]}" -d '{"number": 1} {"number": 2} {"number": 3}' "$address" "$service/Sum"
  says "grpcurl $how: a bidi stream" '{"text":"a","server":"peer"} {"text":"b","server":"peer"}' \
    on_a_line "${call[@]}" -d '{"text": "a"} {"text": "b"}' "$address" "$service/Talk"
  fails "grpcurl $how: an error" 'Code: NotFound' "${call[@]}" -d '{"fail_with": 5, "text": "nobody"}' "$address" "$service/Say"
  has "grpcurl $how: the error's detail" '"reason": ?"as asked"' \
    failing "${call[@]}" -d '{"fail_with": 5, "text": "nobody"}' "$address" "$service/Say"
  has "grpcurl $how: headers and trailers" '^x-peer-trailer: abc$' \
    "${call[@]}" -v -H 'x-peer-echo: abc' -d '{}' "$address" "$service/Say"
}

# check_buf HOW URL OPTION...
check_buf() {
  local how=$1 url=$2 protocol source
  for protocol in connect grpc grpcweb; do
    local buf=(buf curl --protocol "$protocol" "${@:3}")
    has "buf $how, $protocol, reflection: list" "^${service//./\\.}$" "${buf[@]}" --list-services "$url"
    for source in reflection descriptor; do
      local from=()
      [ $source = reflection ] || from=(--schema "$descriptor")
      local name="buf $how, $protocol, $source"
      says "$name: a call" '{"text":"Hello","server":"peer"}' \
        on_a_line "${buf[@]}" "${from[@]}" -d '{"text": "Hello"}' "$url/$service/Say"
      says "$name: a server stream" '{"number":1} {"number":2}' \
        on_a_line "${buf[@]}" "${from[@]}" -d '{"upTo": 2}' "$url/$service/Count"
      says "$name: a client stream" '{"sum":"3"}' \
        on_a_line "${buf[@]}" "${from[@]}" -d '{"number": 1} {"number": 2}' "$url/$service/Sum"
      says "$name: a bidi stream" '{"text":"a","server":"peer"} {"text":"b","server":"peer"}' \
        on_a_line "${buf[@]}" "${from[@]}" -d '{"text": "a"} {"text": "b"}' "$url/$service/Talk"
      fails "$name: an error" '"code": "not_found"' \
        "${buf[@]}" "${from[@]}" -d '{"failWith": 5, "text": "nobody"}' "$url/$service/Say"
      # buf shows the bytes of a detail: a Fault with the reason "as asked".
      has "$name: the error's detail" '"value": "CghhcyBhc2tlZA"' \
        failing "${buf[@]}" "${from[@]}" -d '{"failWith": 5, "text": "nobody"}' "$url/$service/Say"
    done
  done
}

# on_a_line COMMAND... - the JSON that the command prints, without spaces inside, and one space between messages.
on_a_line() { "$@" | tr -d ' \n' | sed 's/}{/} {/g'; }
# failing COMMAND... - succeeds if the command fails.
failing() { ! "$@"; }
export -f on_a_line failing

start_server --reflection
check_grpcurl 'in clear' -plaintext -- "127.0.0.1:$server_port"
check_buf 'in clear' "http://127.0.0.1:$server_port" --http2-prior-knowledge
start_server --reflection --cert "$certs/server.pem" --key "$certs/server.key"
check_grpcurl 'by TLS' -cacert "$certs/ca.pem" -- "localhost:$server_port"
check_buf 'by TLS' "https://localhost:$server_port" --cacert "$certs/ca.pem"
