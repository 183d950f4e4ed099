package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
)

const (
	streamsOfAKind = 10
	streamMessages = 30
	streamPause    = 100 * time.Millisecond
)

// stream is a call that is begun before the first server is told to stop and is meant to outlast that.
type stream struct {
	name string
	// Calls `began` at the first message.
	run func(ctx context.Context, began func()) error
}

// streams makes some of each kind. The Count of peer.proto is paced by the server, Talk by this client.
func streams(t target) ([]stream, error) {
	var all []stream
	connection, err := t.grpcConnection()
	if err != nil {
		return nil, err
	}
	http2, http1 := t.http2Client(), t.http1Client(true)
	for range streamsOfAKind {
		all = append(all,
			stream{"grpc-go, bidirectional", talk(connection)},
			stream{"connect-go, server stream on HTTP/2", count(http2, t.url())},
			stream{"connect-go, gRPC-Web server stream on HTTP/2", count(http2, t.url(), connect.WithGRPCWeb())},
			stream{"connect-go, server stream on HTTP/1.1", count(http1, t.url())})
	}
	return all, nil
}

func talk(connection *grpc.ClientConn) func(context.Context, func()) error {
	return func(ctx context.Context, began func()) error {
		call, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, service+"Talk")
		if err != nil {
			return err
		}
		for i := range streamMessages {
			text := fmt.Sprint(i)
			response := new(message)
			if err := call.SendMsg(sayRequest(text)); err != nil {
				return fmt.Errorf("request %d: %w", i, err)
			}
			if err := call.RecvMsg(response); err != nil {
				return fmt.Errorf("answer %d: %w", i, err)
			}
			if server, err := sayResponse(response, text); err != nil || server != "first" {
				return fmt.Errorf("answer %d: from %q, %v", i, server, err)
			}
			if i == 0 {
				began()
			}
			time.Sleep(streamPause)
		}
		if err := call.CloseSend(); err != nil {
			return err
		}
		if err := call.RecvMsg(new(message)); err == nil || err.Error() != "EOF" {
			return fmt.Errorf("at the end: %v", err)
		}
		return nil
	}
}

func count(client *http.Client, url string, options ...connect.ClientOption) func(context.Context, func()) error {
	options = append([]connect.ClientOption{connect.WithCodec(codec{})}, options...)
	caller := connect.NewClient[message, message](client, url+service+"Count", options...)
	return func(ctx context.Context, began func()) error {
		request := countRequest(streamMessages, int(streamPause.Milliseconds()))
		call, err := caller.CallServerStream(ctx, connect.NewRequest(request))
		if err != nil {
			return err
		}
		received := 0
		for call.Receive() {
			received++
			if received == 1 {
				began()
			}
			if number := countResponse(call.Msg()); number != received {
				return fmt.Errorf("message %d is %d", received, number)
			}
		}
		if err := call.Err(); err != nil {
			return fmt.Errorf("after %d messages: %w", received, err)
		}
		if received != streamMessages {
			return fmt.Errorf("ended well after %d messages of %d", received, streamMessages)
		}
		return nil
	}
}
