package main

import (
	"context"
	"errors"
	"io"
	"net/http"

	"connectrpc.com/connect"

	"connectrpc.example/goserver/gen"
)

// connectService is PeerService for connect-go.
type connectService struct{}

// echo copies the caller's metadata into headers and trailers.
func echo(request, headers, trailers http.Header) {
	for _, suffix := range []string{"", "-bin"} {
		for _, value := range request.Values("x-peer-echo" + suffix) {
			headers.Add("x-peer-header"+suffix, value)
			trailers.Add("x-peer-trailer"+suffix, value)
		}
	}
}

func fault(code int32, text string) error {
	err := connect.NewError(connect.Code(code), errors.New(text))
	if detail, detailErr := connect.NewErrorDetail(&gen.Fault{Reason: "as asked"}); detailErr == nil {
		err.AddDetail(detail)
	}
	return err
}

func (connectService) Say(_ context.Context, request *connect.Request[gen.SayRequest]) (*connect.Response[gen.SayResponse], error) {
	if request.Msg.FailWith != 0 {
		err := fault(request.Msg.FailWith, request.Msg.Text)
		echo(request.Header(), err.(*connect.Error).Meta(), http.Header{})
		return nil, err
	}
	response := connect.NewResponse(&gen.SayResponse{Text: request.Msg.Text, Server: "connect-go"})
	echo(request.Header(), response.Header(), response.Trailer())
	return response, nil
}

func (s connectService) Look(ctx context.Context, request *connect.Request[gen.SayRequest]) (*connect.Response[gen.SayResponse], error) {
	response, err := s.Say(ctx, request)
	if err == nil {
		response.Msg.Cookie = request.HTTPMethod() // how the call came
	}
	return response, err
}

func (connectService) Count(ctx context.Context, request *connect.Request[gen.CountRequest], stream *connect.ServerStream[gen.CountResponse]) error {
	echo(request.Header(), stream.ResponseHeader(), stream.ResponseTrailer())
	for number := int32(1); number <= request.Msg.UpTo; number++ {
		if number > 1 && request.Msg.Gate != "" { // nobody opens it
			<-ctx.Done()
			return ctx.Err()
		}
		if err := stream.Send(&gen.CountResponse{Number: number}); err != nil {
			return err
		}
	}
	if request.Msg.FailWith != 0 {
		return fault(request.Msg.FailWith, "counted")
	}
	return nil
}

func (connectService) Open(context.Context, *connect.Request[gen.OpenRequest]) (*connect.Response[gen.OpenResponse], error) {
	return connect.NewResponse(&gen.OpenResponse{}), nil
}

func (connectService) Sum(_ context.Context, stream *connect.ClientStream[gen.SumRequest]) (*connect.Response[gen.SumResponse], error) {
	response := connect.NewResponse(&gen.SumResponse{})
	for stream.Receive() {
		response.Msg.Sum += stream.Msg().Number
	}
	return response, stream.Err()
}

func (connectService) Talk(_ context.Context, stream *connect.BidiStream[gen.SayRequest, gen.SayResponse]) error {
	for {
		request, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if request.FailWith != 0 {
			return fault(request.FailWith, request.Text)
		}
		if err := stream.Send(&gen.SayResponse{Text: request.Text, Server: "connect-go"}); err != nil {
			return err
		}
	}
}
