// The workloads behind grpc-go. Prints the port and serves until killed.
//
// usage: grpcgo [REDIS-HOST:PORT]
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
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // answers are compressed as the request was

	benchv1 "connectrpc-bench/gen/bench/v1"
	fortunev1 "connectrpc-bench/gen/fortune/v1"
	"connectrpc-bench/workloads"
)

const maxMessage = 64 * 1024 * 1024

type echo struct {
	benchv1.UnimplementedEchoServiceServer
}

func (echo) Echo(_ context.Context, request *benchv1.EchoRequest) (*benchv1.EchoResponse, error) {
	return &benchv1.EchoResponse{Message: request.GetMessage()}, nil
}

func (echo) SlowEcho(_ context.Context, request *benchv1.EchoRequest) (*benchv1.EchoResponse, error) {
	time.Sleep(5 * time.Millisecond)
	return &benchv1.EchoResponse{Message: request.GetMessage()}, nil
}

type logIngest struct {
	benchv1.UnimplementedLogIngestServiceServer
}

func (logIngest) Ingest(_ context.Context, request *benchv1.LogRequest) (*benchv1.LogIngestResponse, error) {
	return workloads.Ingest(request), nil
}

type bench struct {
	benchv1.UnimplementedBenchServiceServer
}

func (bench) Unary(_ context.Context, request *benchv1.BenchRequest) (*benchv1.BenchResponse, error) {
	return &benchv1.BenchResponse{Payload: request.GetPayload()}, nil
}

func (bench) ServerStream(request *benchv1.BenchRequest, stream grpc.ServerStreamingServer[benchv1.BenchResponse]) error {
	for range request.GetResponseCount() {
		if err := stream.Send(&benchv1.BenchResponse{Payload: request.GetPayload()}); err != nil {
			return err
		}
	}
	return nil
}

func (bench) ClientStream(stream grpc.ClientStreamingServer[benchv1.BenchRequest, benchv1.BenchResponse]) error {
	response := &benchv1.BenchResponse{}
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(response)
		}
		if err != nil {
			return err
		}
		response.Payload = request.GetPayload()
	}
}

func (bench) BidiStream(stream grpc.BidiStreamingServer[benchv1.BenchRequest, benchv1.BenchResponse]) error {
	for {
		request, err := stream.Recv()
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

type fortunes struct {
	fortunev1.UnimplementedFortuneServiceServer
	store *workloads.Store
}

func (f fortunes) GetFortunes(ctx context.Context, _ *fortunev1.GetFortunesRequest) (*fortunev1.GetFortunesResponse, error) {
	return f.store.Fortunes(ctx)
}

func main() {
	options := []grpc.ServerOption{grpc.MaxRecvMsgSize(maxMessage)}
	if certificate := os.Getenv("TLS_CERTIFICATE"); certificate != "" {
		tls, err := credentials.NewServerTLSFromFile(certificate, os.Getenv("TLS_KEY"))
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, grpc.Creds(tls))
	}
	server := grpc.NewServer(options...)
	benchv1.RegisterEchoServiceServer(server, echo{})
	benchv1.RegisterLogIngestServiceServer(server, logIngest{})
	benchv1.RegisterBenchServiceServer(server, bench{})
	fortunev1.RegisterFortuneServiceServer(server, fortunes{store: workloads.NewStore(os.Args)})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}
