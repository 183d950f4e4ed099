// The workloads behind connect-go: Connect, gRPC and gRPC-Web on one port. Prints the port and serves until killed.
//
// usage: connectgo [REDIS-HOST:PORT]
//
// With TLS where the environment names files in TLS_CERTIFICATE and TLS_KEY.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"connectrpc.com/connect"

	benchv1 "connectrpc-bench/gen/bench/v1"
	"connectrpc-bench/gen/bench/v1/benchv1connect"
	fortunev1 "connectrpc-bench/gen/fortune/v1"
	"connectrpc-bench/gen/fortune/v1/fortunev1connect"
	"connectrpc-bench/workloads"
)

type echo struct{}

func (echo) Echo(_ context.Context, request *connect.Request[benchv1.EchoRequest]) (*connect.Response[benchv1.EchoResponse], error) {
	return connect.NewResponse(&benchv1.EchoResponse{Message: request.Msg.GetMessage()}), nil
}

func (echo) SlowEcho(_ context.Context, request *connect.Request[benchv1.EchoRequest]) (*connect.Response[benchv1.EchoResponse], error) {
	time.Sleep(5 * time.Millisecond)
	return connect.NewResponse(&benchv1.EchoResponse{Message: request.Msg.GetMessage()}), nil
}

type logIngest struct{}

func (logIngest) Ingest(_ context.Context, request *connect.Request[benchv1.LogRequest]) (*connect.Response[benchv1.LogIngestResponse], error) {
	return connect.NewResponse(workloads.Ingest(request.Msg)), nil
}

type bench struct{}

func (bench) Unary(_ context.Context, request *connect.Request[benchv1.BenchRequest]) (*connect.Response[benchv1.BenchResponse], error) {
	return connect.NewResponse(&benchv1.BenchResponse{Payload: request.Msg.GetPayload()}), nil
}

func (bench) ServerStream(_ context.Context, request *connect.Request[benchv1.BenchRequest], stream *connect.ServerStream[benchv1.BenchResponse]) error {
	for range request.Msg.GetResponseCount() {
		if err := stream.Send(&benchv1.BenchResponse{Payload: request.Msg.GetPayload()}); err != nil {
			return err
		}
	}
	return nil
}

func (bench) ClientStream(_ context.Context, stream *connect.ClientStream[benchv1.BenchRequest]) (*connect.Response[benchv1.BenchResponse], error) {
	response := &benchv1.BenchResponse{}
	for stream.Receive() {
		response.Payload = stream.Msg().GetPayload()
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return connect.NewResponse(response), nil
}

func (bench) BidiStream(_ context.Context, stream *connect.BidiStream[benchv1.BenchRequest, benchv1.BenchResponse]) error {
	for {
		request, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&benchv1.BenchResponse{Payload: request.GetPayload()}); err != nil {
			return err
		}
	}
}

type fortunes struct{ store *workloads.Store }

func (f fortunes) GetFortunes(ctx context.Context, _ *connect.Request[fortunev1.GetFortunesRequest]) (*connect.Response[fortunev1.GetFortunesResponse], error) {
	response, err := f.store.Fortunes(ctx)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(response), nil
}

func main() {
	mux := http.NewServeMux()
	mux.Handle(benchv1connect.NewEchoServiceHandler(echo{}))
	mux.Handle(benchv1connect.NewLogIngestServiceHandler(logIngest{}))
	mux.Handle(benchv1connect.NewBenchServiceHandler(bench{}))
	mux.Handle(fortunev1connect.NewFortuneServiceHandler(fortunes{workloads.NewStore(os.Args)}))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	protocols.SetHTTP2(true)
	server := &http.Server{Handler: mux, Protocols: protocols}
	if certificate := os.Getenv("TLS_CERTIFICATE"); certificate != "" {
		log.Fatal(server.ServeTLS(listener, certificate, os.Getenv("TLS_KEY")))
	}
	log.Fatal(server.Serve(listener))
}
