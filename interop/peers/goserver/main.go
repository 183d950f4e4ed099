// Serves PeerService of peer.proto as Go programs do, for our clients to call: by connect-go (Connect, gRPC and gRPC-Web,
// HTTP/1.1 and HTTP/2) on one port and by grpc-go on another. It says both and ends with its standard input.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"connectrpc.com/connect"
	"google.golang.org/grpc"

	"connectrpc.example/goserver/gen/genconnect"
)

func run() error {
	httpListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	grpcListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	mux := http.NewServeMux()
	mux.Handle(genconnect.NewPeerServiceHandler(connectService{}, connect.WithCompressMinBytes(1024)))
	httpServer := &http.Server{Handler: mux, Protocols: protocols}
	go httpServer.Serve(httpListener)

	grpcServer := grpc.NewServer()
	grpcServer.RegisterService(&grpcDescription, &grpcService{})
	go grpcServer.Serve(grpcListener)

	fmt.Printf("listening on %d %d\n", httpListener.Addr().(*net.TCPAddr).Port, grpcListener.Addr().(*net.TCPAddr).Port)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
