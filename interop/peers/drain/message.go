package main

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message as its bytes: what this program says is too little to generate code for.
type message struct{ bytes []byte }

// sayRequest makes a SayRequest of peer.proto.
func sayRequest(text string) *message {
	bytes := protowire.AppendTag(nil, 1, protowire.BytesType)
	return &message{protowire.AppendString(bytes, text)}
}

func countRequest(upTo, pauseMs int) *message {
	bytes := protowire.AppendTag(nil, 1, protowire.VarintType)
	bytes = protowire.AppendVarint(bytes, uint64(upTo))
	bytes = protowire.AppendTag(bytes, 2, protowire.VarintType)
	return &message{protowire.AppendVarint(bytes, uint64(pauseMs))}
}

// sayResponse reads a SayResponse: it must repeat the text of the request; returns which server it came from.
func sayResponse(response *message, text string) (server string, err error) {
	got := ""
	for bytes := response.bytes; len(bytes) > 0; {
		number, kind, n := protowire.ConsumeTag(bytes)
		if n < 0 || kind != protowire.BytesType {
			return "", fmt.Errorf("not a SayResponse: %x", response.bytes)
		}
		value, m := protowire.ConsumeString(bytes[n:])
		if m < 0 {
			return "", fmt.Errorf("not a SayResponse: %x", response.bytes)
		}
		switch number {
		case 1:
			got = value
		case 2:
			server = value
		}
		bytes = bytes[n+m:]
	}
	if got != text {
		return "", fmt.Errorf("the answer is %q, not %q", got, text)
	}
	return server, nil
}

func countResponse(response *message) int {
	_, _, n := protowire.ConsumeTag(response.bytes)
	if n < 0 {
		return 0
	}
	number, _ := protowire.ConsumeVarint(response.bytes[n:])
	return int(number)
}

// codec is the codec of connect-go and of grpc-go for messages that are bytes already.
type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(v any) ([]byte, error) { return v.(*message).bytes, nil }

func (codec) Unmarshal(data []byte, v any) error {
	v.(*message).bytes = append([]byte(nil), data...)
	return nil
}

// MarshalStable and IsBinary are what connect-go asks for where it calls by GET.
func (codec) MarshalStable(v any) ([]byte, error) { return v.(*message).bytes, nil }

func (codec) IsBinary() bool { return true }
