# shellcheck shell=bash disable=SC2154
# Sourced by interop/run: what openssl, curl and sslscan find out about the TLS of a server.

# handshake OPTION... - connects with openssl and says how the handshake went.
handshake() { openssl s_client -connect "127.0.0.1:$server_port" -CAfile "$certs/ca.pem" -verify_return_error "$@"; }
# The same, and of the certificate only its subject.
subject() { handshake "$@" 2>/dev/null | openssl x509 -noout -subject; }
# post OPTION... - a call by curl.
post() {
  curl -sS "$@" "https://127.0.0.1:$server_port/$service/Say" --cacert "$certs/ca.pem" \
    -H 'content-type: application/json' -d '{"text": "Hello"}' -w ' %{http_version}'
}
# accepted - the protocol versions that sslscan finds enabled, and after them the names of the ciphers.
accepted() {
  sslscan --no-colour "127.0.0.1:$server_port" >"$work/sslscan"
  sed -n 's/^\(SSLv[23]\|TLSv1\.[0-3]\) *enabled$/\1/p' "$work/sslscan"
  awk '$1 == "Preferred" || $1 == "Accepted" {print $5}' "$work/sslscan" | sort -u
}
export -f handshake subject post
export certs service

check_parameters() {
  has 'a verified handshake' '^ *Verify return code: 0 \(ok\)' handshake
  has 'TLS 1.3' '^ *(Protocol *: |New, )TLSv1\.3' handshake -tls1_3
  has 'TLS 1.2 with ECDHE and AES-GCM' 'Cipher is ECDHE-RSA-AES128-GCM-SHA256' \
    handshake -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
  has 'TLS 1.2 with ECDHE and ChaCha20' 'Cipher is ECDHE-RSA-CHACHA20-POLY1305' \
    handshake -tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305
  fails 'TLS 1.1 is refused' 'alert protocol version' handshake -tls1_1 -cipher 'DEFAULT@SECLEVEL=0'
  fails 'TLS 1.0 is refused' 'alert protocol version' handshake -tls1 -cipher 'DEFAULT@SECLEVEL=0'
  fails 'CBC is refused' 'alert handshake failure' handshake -tls1_2 -cipher 'ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES128-SHA'
  fails 'RSA key exchange is refused' 'alert handshake failure' handshake -tls1_2 -cipher AES128-GCM-SHA256
  fails 'DHE is refused' 'alert handshake failure' handshake -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256
  has 'no compression' '^Compression: NONE' handshake -tls1_2 -comp
  has 'no early data' 'Max Early Data: 0$' hears 'Max Early Data: ' -tls1_3

  has 'ALPN h2' '^ALPN protocol: h2$' handshake -alpn h2,http/1.1
  has 'ALPN h2, whatever the client prefers' '^ALPN protocol: h2$' handshake -alpn http/1.1,h2
  has 'ALPN http/1.1' '^ALPN protocol: http/1\.1$' handshake -alpn http/1.1
  has 'ALPN with a foreign protocol first' '^ALPN protocol: http/1\.1$' handshake -alpn smtp,http/1.1
  fails 'foreign ALPN is refused' 'alert no application protocol' handshake -alpn smtp
  fails 'HTTP/3 by ALPN is refused' 'alert no application protocol' handshake -alpn h3
  has 'no ALPN' '^No ALPN negotiated' handshake
  says 'no ALPN means HTTP/1.1' '{"text":"Hello","server":"peer"} 1.1' post --no-alpn
  says 'a call by HTTP/1.1' '{"text":"Hello","server":"peer"} 1.1' post --http1.1
  says 'a call by HTTP/2' '{"text":"Hello","server":"peer"} 2' post --http2
  fails 'clear text on the port of TLS' 'Empty reply|reset|Received HTTP/0\.9' \
    curl -sS "http://127.0.0.1:$server_port/$service/Say" -H 'content-type: application/json' -d '{}'

  has 'sslscan finds TLS 1.2' '^TLSv1\.2$' accepted
  has 'sslscan finds TLS 1.3' '^TLSv1\.3$' accepted
  lacks 'sslscan finds nothing weak' \
    '^SSL|^TLSv1\.[01]$|^(TLS_[A-Z0-9_]*|.*-.*)$' strong_removed
}

# Leaves of what sslscan accepts what is not known to be strong; says so itself, as `lacks` wants to hear something.
strong_removed() {
  accepted | grep -vxE 'TLS_(AES_(128|256)_GCM|CHACHA20_POLY1305)_SHA(256|384)' |
    grep -vxE 'ECDHE-(RSA|ECDSA)-(AES128-GCM-SHA256|AES256-GCM-SHA384|CHACHA20-POLY1305)'
}
# hears REGEX OPTION... - the first line like that which comes in a handshake or after it; the client itself says nothing.
hears() { sed -nE "/$1/{p;q}" < <(handshake "${@:2}" 2>&1 < <(sleep 10)); }
export -f accepted strong_removed hears
export work

check_client_certificates() {
  local version name what alert
  for version in 1.2 1.3; do
    says "TLS $version: a client with a certificate" '{"text":"Hello","server":"peer"} 2' \
      post --tls-max "$version" --cert "$certs/client.pem" --key "$certs/client.key"
    fails "TLS $version: a client without one is refused" '^curl: ' post --tls-max "$version"
    while IFS=: read -r name what alert; do
      fails "TLS $version: a client with $what is refused" '^curl: ' \
        post --tls-max "$version" --cert "$certs/$name.pem" --key "$certs/$name.key"
      has "TLS $version: a client with $what is told so" "alert $alert" hears alert "-tls${version/./_}" \
        -cert "$certs/$name.pem" -key "$certs/$name.key"
    done <<<"expired:an expired certificate:certificate expired
stranger:a certificate of another authority:unknown ca
renewed:a certificate for servers:unsupported certificate"
  done
  has 'TLS 1.2: a client is told that it needs one' 'alert handshake failure' hears alert -tls1_2
  has 'TLS 1.3: a client is told that it needs one' 'alert certificate required' hears alert -tls1_3
}

# A connection that is there before the certificate is renewed, and goes on being used.
check_renewal() {
  local request
  printf -v request 'POST /%s/Say HTTP/1.1\r\nHost: localhost\r\n%s\r\nContent-Length: 2\r\n\r\n{}' "$service" \
    'Content-Type: application/json'
  cp "$certs/server.pem" "$work/current.pem"
  cp "$certs/server.key" "$work/current.key"
  start_server --cert "$work/current.pem" --key "$work/current.key"
  export server_port
  says 'before the renewal' 'subject=CN = server' subject

  mkfifo "$work/requests"
  openssl s_client -quiet -connect "127.0.0.1:$server_port" -CAfile "$certs/ca.pem" -verify_return_error \
    <"$work/requests" >"$work/answers" 2>"$work/errors" &
  exec 5>"$work/requests"
  printf '%s' "$request" >&5
  has 'a connection is used' . wait_silently "$work/answers" '"server":"peer"'

  cp "$certs/renewed.pem" "$work/current.pem"
  cp "$certs/renewed.key" "$work/current.key"
  kill -HUP "$server_pid"
  has 'SIGHUP renews the certificate' . wait_silently "$server_log" '^certificates: OK$'
  says 'a new connection sees the new certificate' 'subject=CN = renewed' subject
  printf '%s' "$request" >&5
  has 'the old connection goes on' . wait_silently "$work/answers" '"server":"peer"' 2

  cp "$certs/server.key" "$work/current.key"
  kill -HUP "$server_pid"
  has 'a key that does not fit is refused' . wait_silently "$server_log" '^certificates: [A-Z_]+: '
  says 'and the certificate stays as it was' 'subject=CN = renewed' subject
  printf '%s' "$request" >&5
  has 'and so do connections' . wait_silently "$work/answers" '"server":"peer"' 3
  exec 5>&-
}
wait_silently() { wait_for "$@" && echo there; }
export -f wait_for wait_silently

start_server --cert "$certs/server.pem" --key "$certs/server.key"
export server_port
check_parameters
start_server --cert "$certs/server.pem" --key "$certs/server.key" --client-ca "$certs/ca.pem"
check_client_certificates
check_renewal
