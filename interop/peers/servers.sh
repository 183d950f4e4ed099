# shellcheck shell=bash disable=SC2154
# Sourced by interop/run: our clients against servers, each in every way that the server has.

# client SERVER SCHEME PORT PROTOCOL HTTP_VERSION CODEC [CA_FILE]
client() {
  local how="$1 $4 HTTP/$5 $6"
  [ "$2" = http ] || how+=" TLS"
  # Its own lines are the checks; what ends it otherwise is one more.
  local status=0
  timeout 120 "$peer_client" "$how" "$2://127.0.0.1:$3" "${@:4}" 2>&1 || status=$?
  [ "$status" -le 1 ] || said=$how report "$how" "exit status $status"
}

coproc goserver { exec "$tools/peers-goserver"; }
read -r _ _ http_port grpc_port <&"${goserver[0]}"
for codec in proto json; do
  for version in 1 2; do
    client connect-go http "$http_port" connect "$version" "$codec"
    client connect-go http "$http_port" grpc-web "$version" "$codec"
  done
  client connect-go http "$http_port" grpc 2 "$codec"
done
client grpc-go http "$grpc_port" grpc 2 proto
eval "exec ${goserver[1]}>&-" # its end

start_server --name peer --listen 127.0.0.1:0
for codec in proto json; do
  for version in 1 2; do
    client peer http "$server_port" connect "$version" "$codec"
    client peer http "$server_port" grpc-web "$version" "$codec"
  done
  client peer http "$server_port" grpc 2 "$codec"
done

start_server --name peer --listen 127.0.0.1:0 --cert "$certs/server.pem" --key "$certs/server.key"
for version in 1 2; do
  client peer https "$server_port" connect "$version" proto "$certs/ca.pem"
done
client peer https "$server_port" grpc 2 proto "$certs/ca.pem"
