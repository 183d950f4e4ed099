package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"connectrpc.example/goserver/gen"
)

// grpcService is PeerService for grpc-go, whose description stands here so that no further generator is needed.
type grpcService struct{}

var grpcDescription = grpc.ServiceDesc{
	ServiceName: "connectrpc.peers.v1.PeerService",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{
		{MethodName: "Say", Handler: say},
		{MethodName: "Look", Handler: say},
	},
	Streams: []grpc.StreamDesc{
		{StreamName: "Count", Handler: count, ServerStreams: true},
		{StreamName: "Sum", Handler: sum, ClientStreams: true},
		{StreamName: "Talk", Handler: talk, ServerStreams: true, ClientStreams: true},
	},
}

func grpcEcho(ctx context.Context) (headers, trailers metadata.MD) {
	headers, trailers = metadata.MD{}, metadata.MD{}
	request, _ := metadata.FromIncomingContext(ctx)
	for name, values := range request {
		if suffix, found := strings.CutPrefix(name, "x-peer-echo"); found {
			headers.Append("x-peer-header"+suffix, values...)
			trailers.Append("x-peer-trailer"+suffix, values...)
		}
	}
	return headers, trailers
}

func grpcFault(code int32, text string) error {
	with, err := status.New(codes.Code(code), text).WithDetails(&gen.Fault{Reason: "as asked"})
	if err != nil {
		return err
	}
	return with.Err()
}

func say(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	request := new(gen.SayRequest)
	if err := decode(request); err != nil {
		return nil, err
	}
	headers, trailers := grpcEcho(ctx)
	if err := errors.Join(grpc.SetHeader(ctx, headers), grpc.SetTrailer(ctx, trailers)); err != nil {
		return nil, err
	}
	if request.FailWith != 0 {
		return nil, grpcFault(request.FailWith, request.Text)
	}
	return &gen.SayResponse{Text: request.Text, Server: "grpc-go", Cookie: "POST"}, nil
}

func count(_ any, stream grpc.ServerStream) error {
	request := new(gen.CountRequest)
	if err := stream.RecvMsg(request); err != nil {
		return err
	}
	headers, trailers := grpcEcho(stream.Context())
	stream.SetTrailer(trailers)
	if err := stream.SetHeader(headers); err != nil {
		return err
	}
	for number := int32(1); number <= request.UpTo; number++ {
		if number > 1 && request.Gate != "" {
			<-stream.Context().Done()
			return stream.Context().Err()
		}
		if err := stream.SendMsg(&gen.CountResponse{Number: number}); err != nil {
			return err
		}
	}
	if request.FailWith != 0 {
		return grpcFault(request.FailWith, "counted")
	}
	return nil
}

func sum(_ any, stream grpc.ServerStream) error {
	response := new(gen.SumResponse)
	for {
		request := new(gen.SumRequest)
		err := stream.RecvMsg(request)
		if errors.Is(err, io.EOF) {
			return stream.SendMsg(response)
		}
		if err != nil {
			return err
		}
		response.Sum += request.Number
	}
}

func talk(_ any, stream grpc.ServerStream) error {
	for {
		request := new(gen.SayRequest)
		err := stream.RecvMsg(request)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if request.FailWith != 0 {
			return grpcFault(request.FailWith, request.Text)
		}
		if err := stream.SendMsg(&gen.SayResponse{Text: request.Text, Server: "grpc-go"}); err != nil {
			return err
		}
	}
}
