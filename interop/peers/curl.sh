# shellcheck shell=bash disable=SC2154
# Sourced by interop/run: plain HTTP clients, as curl is one.

# A text long enough to be compressed, and requests that carry it, compressed in each way.
long_text=$(printf 'all work and no play %.0s' {1..200})
printf '{"text":"%s"}' "$long_text" >"$work/body"
node -e '
  const fs = require("node:fs"), zlib = require("node:zlib"), body = fs.readFileSync(process.argv[1]);
  fs.writeFileSync(process.argv[1] + ".gzip", zlib.gzipSync(body));
  fs.writeFileSync(process.argv[1] + ".deflate", zlib.deflateSync(body));
  fs.writeFileSync(process.argv[1] + ".br", zlib.brotliCompressSync(body));' "$work/body"
zstd -q "$work/body" -o "$work/body.zstd"

# checks HOW URL CURL_OPTION... - all checks of one way to connect.
checks() {
  local how=$1 url=$2/$service encoding version
  local json=(curl -s "${@:3}" -H 'content-type: application/json')
  case $how in *HTTP/2*) version=2 ;; *) version=1.1 ;; esac
  says "$how: a call" "{\"text\":\"Hello\",\"server\":\"peer\"} 200 $version" \
    "${json[@]}" -w ' %{http_code} %{http_version}' "$url/Say" -d '{"text": "Hello"}'
  says "$how: a call by GET" '{"text":"Hello","server":"peer"}' \
    curl -sG "${@:3}" "$url/Look" -d connect=v1 -d encoding=json --data-urlencode 'message={"text": "Hello"}'
  says "$how: GET on a method with side effects" 405 \
    curl -sG "${@:3}" -w '%{http_code}' "$url/Say" -d connect=v1 -d encoding=json --data-urlencode 'message={}'
  has "$how: an error" '^\{"code":"not_found","message":"nobody","details":\[\{"type":"connectrpc.peers.v1.Fault".* 404$' \
    "${json[@]}" -w ' %{http_code}' "$url/Say" -d '{"text": "nobody", "failWith": 5}'
  has "$how: a handler's header" '^x-peer-header: abc$' "${json[@]}" -D - "$url/Say" -H 'x-peer-echo: abc' -d '{}'
  has "$how: a handler's trailer" '^trailer-x-peer-trailer: abc$' \
    "${json[@]}" -D - "$url/Say" -H 'x-peer-echo: abc' -d '{}'
  examples/frame <<<'{"upTo": 3}' >"$work/stream"
  says "$how: a stream" '0x00 {"number":1} 0x00 {"number":2} 0x00 {"number":3} 0x02 {}' stream \
    curl -s "${@:3}" "$url/Count" -H 'content-type: application/connect+json' --data-binary "@$work/stream"

  # The answer is known when the head is there; the body may still be on its way.
  says "$how: refusals before the body" '20 of 20' often 20 'unknown compression' \
    "${json[@]}" "$url/Say" -H 'content-encoding: none-such' --data-binary "@$work/body"

  for encoding in gzip br zstd deflate; do
    says "$how: the answer in $encoding" "{\"text\":\"$long_text\",\"server\":\"peer\"}$encoding" answer_in "$encoding" \
      "${json[@]}" --compressed "$url/Say" --data-binary "@$work/body"
    says "$how: the request in $encoding" "{\"text\":\"$long_text\",\"server\":\"peer\"}" \
      "${json[@]}" "$url/Say" -H 'accept-encoding: identity' -H "content-encoding: $encoding" \
      --data-binary "@$work/body.$encoding"
  done
  says "$how: the answer as it is, where that is all the caller accepts" \
    "{\"text\":\"$long_text\",\"server\":\"peer\"}" answer_in identity "${json[@]}" "$url/Say" --data-binary "@$work/body"
}

# stream COMMAND... - the envelopes of what the command prints, on one line.
stream() { "$@" | examples/unframe | paste -sd ' '; }

# often TIMES REGEX COMMAND... - how often the command succeeds and prints such a line.
often() {
  local i good=0
  for ((i = 0; i < $1; i++)); do ! "${@:3}" | grep -qE "$2" || ((++good)); done
  echo "$good of $1"
}

# answer_in ENCODING CURL... - the body, decoded by curl, and behind it what content-encoding says.
answer_in() {
  "${@:2}" -H "accept-encoding: $1" -D "$work/head"
  sed -n 's/\r$//; s/^content-encoding: //Ip' "$work/head"
}
export -f stream often answer_in
export work

start_server
checks 'HTTP/1.1 in clear' "http://127.0.0.1:$server_port" --http1.1
checks 'HTTP/2 in clear' "http://127.0.0.1:$server_port" --http2-prior-knowledge
start_server --cert "$certs/server.pem" --key "$certs/server.key"
checks 'HTTP/1.1 by TLS' "https://localhost:$server_port" --cacert "$certs/ca.pem" --http1.1
checks 'HTTP/2 by TLS' "https://localhost:$server_port" --cacert "$certs/ca.pem" --http2
