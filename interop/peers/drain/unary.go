package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

const service = "/connectrpc.peers.v1.PeerService/"

// target is where the servers listen.
type target struct {
	address string
	tls     *tls.Config // nil: in clear
}

func (t target) url() string {
	if t.tls != nil {
		return "https://" + t.address
	}
	return "http://" + t.address
}

// http2Client has one connection at a time.
func (t target) http2Client() *http.Client {
	transport := &http2.Transport{TLSClientConfig: t.tls}
	if t.tls == nil {
		transport.AllowHTTP = true
		transport.DialTLSContext = func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	}
	return &http.Client{Transport: transport}
}

// http1Client has one connection for each call that runs, and keeps them, unless each call is to have its own.
func (t target) http1Client(keepAlive bool) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 1000, DisableKeepAlives: !keepAlive, TLSClientConfig: t.tls}
	if t.tls != nil {
		transport.TLSClientConfig = t.tls.Clone()
		transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	}
	return &http.Client{Transport: transport}
}

func (t target) grpcConnection() (*grpc.ClientConn, error) {
	security := insecure.NewCredentials()
	if t.tls != nil {
		security = credentials.NewTLS(t.tls)
	}
	return grpc.NewClient("passthrough:///"+t.address, grpc.WithTransportCredentials(security),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(codec{})))
}

// say makes one call and returns which server has answered it.
type say func(ctx context.Context, text string) (server string, err error)

func connectSay(client *http.Client, url, method string, options ...connect.ClientOption) say {
	options = append([]connect.ClientOption{connect.WithCodec(codec{})}, options...)
	caller := connect.NewClient[message, message](client, url+service+method, options...)
	return func(ctx context.Context, text string) (string, error) {
		response, err := caller.CallUnary(ctx, connect.NewRequest(sayRequest(text)))
		if err != nil {
			return "", err
		}
		return sayResponse(response.Msg, text)
	}
}

func grpcSay(connection *grpc.ClientConn) say {
	return func(ctx context.Context, text string) (string, error) {
		response := new(message)
		if err := connection.Invoke(ctx, service+"Say", sayRequest(text), response); err != nil {
			return "", err
		}
		return sayResponse(response, text)
	}
}

// load is one kind of client, and what came of its calls.
type load struct {
	name string
	// How many connections, and how many callers share each.
	connections, callers int
	// Makes what one connection's callers call by.
	connect func(target) (say, error)
	// Whether a server that closes a connection may cost it a call: an HTTP/1.1 server closes connections that it takes for
	// idle without a word, and a client whose request was on its way then cannot know that nobody has read it. It may
	// repeat only what is idempotent (RFC 9112 section 9.3.1). Those calls are counted, and must not have been run.
	mayRace bool

	sent, lost atomic.Int64
	answered   sync.Map // name of a server -> *atomic.Int64
	mutex      sync.Mutex
	errors     []error // the first few
}

func loads() []*load {
	return []*load{
		{name: "connect-go, HTTP/2", connections: 16, callers: 4,
			connect: func(t target) (say, error) { return connectSay(t.http2Client(), t.url(), "Say"), nil }},
		{name: "connect-go, gRPC-Web on HTTP/2", connections: 4, callers: 4,
			connect: func(t target) (say, error) {
				return connectSay(t.http2Client(), t.url(), "Say", connect.WithGRPCWeb()), nil
			}},
		{name: "grpc-go", connections: 16, callers: 4,
			connect: func(t target) (say, error) {
				connection, err := t.grpcConnection()
				return grpcSay(connection), err
			}},
		{name: "connect-go, HTTP/1.1 kept alive, GET", connections: 4, callers: 4,
			connect: func(t target) (say, error) {
				return connectSay(t.http1Client(true), t.url(), "Look", connect.WithHTTPGet(),
					connect.WithIdempotency(connect.IdempotencyNoSideEffects)), nil
			}},
		{name: "connect-go, HTTP/1.1 kept alive, POST", connections: 4, callers: 4, mayRace: true,
			connect: func(t target) (say, error) { return connectSay(t.http1Client(true), t.url(), "Say"), nil }},
		{name: "connect-go, HTTP/1.1, a connection for each call", connections: 1, callers: 8,
			connect: func(t target) (say, error) { return connectSay(t.http1Client(false), t.url(), "Say"), nil }},
	}
}

// start calls until `stop` is closed, and one call more each.
func (l *load) start(t target, stop <-chan struct{}, done *sync.WaitGroup) error {
	for range l.connections {
		call, err := l.connect(t)
		if err != nil {
			return err
		}
		for range l.callers {
			done.Add(1)
			go func() {
				defer done.Done()
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
						l.once(call, strconv.Itoa(i))
					}
				}
			}()
		}
	}
	return nil
}

func (l *load) once(call say, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	l.sent.Add(1)
	server, err := call(ctx, text)
	if err == nil {
		counter, _ := l.answered.LoadOrStore(server, new(atomic.Int64))
		counter.(*atomic.Int64).Add(1)
		return
	}
	l.lost.Add(1)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.errors) < 3 {
		l.errors = append(l.errors, err)
	}
	time.Sleep(time.Millisecond) // where every call fails, that need not take all of the processor
}

func (l *load) answeredBy(server string) int64 {
	counter, ok := l.answered.Load(server)
	if !ok {
		return 0
	}
	return counter.(*atomic.Int64).Load()
}
