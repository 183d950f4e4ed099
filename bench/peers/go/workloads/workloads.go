// Package workloads has the handlers' work, the same behind connect-go and grpc-go.
package workloads

import (
	"context"
	"errors"
	"runtime"
	"sort"
	"strconv"

	"github.com/redis/go-redis/v9"

	benchv1 "connectrpc-bench/gen/bench/v1"
	fortunev1 "connectrpc-bench/gen/fortune/v1"
)

// Ingest reads every field of every record.
func Ingest(request *benchv1.LogRequest) *benchv1.LogIngestResponse {
	response := &benchv1.LogIngestResponse{}
	for _, record := range request.GetRecords() {
		response.Count++
		response.MaxSeverity = max(response.MaxSeverity, int32(record.GetSeverity()))
		source := record.GetSource()
		bytes := len(record.GetMessage()) + len(record.GetServiceName()) + len(record.GetInstanceId()) +
			len(record.GetTraceId()) + len(record.GetSpanId()) + len(source.GetFile()) + len(source.GetFunction())
		line := source.GetLine()
		runtime.KeepAlive(line)
		response.TotalMessageBytes += int64(bytes)
		for key, value := range record.GetLabels() {
			response.TotalLabelBytes += int64(len(key) + len(value))
		}
	}
	return response
}

// Store is where fortunes are kept.
type Store struct {
	client *redis.Client
}

// NewStore has eight connections to Redis; without an address, every query fails.
func NewStore(args []string) *Store {
	if len(args) < 2 {
		return &Store{}
	}
	return &Store{redis.NewClient(&redis.Options{Addr: args[1], PoolSize: 8})}
}

// Fortunes are those of Redis and one more, sorted by text.
func (s *Store) Fortunes(ctx context.Context) (*fortunev1.GetFortunesResponse, error) {
	if s.client == nil {
		return nil, errors.New("started without an address of Redis")
	}
	raw, err := s.client.HGetAll(ctx, "fortunes").Result()
	if err != nil {
		return nil, err
	}
	fortunes := make([]*fortunev1.Fortune, 0, len(raw)+1)
	for field, text := range raw {
		id, _ := strconv.Atoi(field)
		fortunes = append(fortunes, &fortunev1.Fortune{Id: int32(id), Message: text})
	}
	fortunes = append(fortunes, &fortunev1.Fortune{Message: "Additional fortune added at request time."})
	sort.Slice(fortunes, func(i, j int) bool { return fortunes[i].Message < fortunes[j].Message })
	return &fortunev1.GetFortunesResponse{Fortunes: fortunes}, nil
}
