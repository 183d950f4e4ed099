#ifndef CONNECTRPC_BENCH_SERVERS_PAYLOADS_H_
#define CONNECTRPC_BENCH_SERVERS_PAYLOADS_H_

#include <string>

#include "bench/v1/bench.pb.h"

// The values of connect-rust's benchmark, so that numbers can be compared.
namespace connectrpc::bench {

// 64 bytes of text; other sizes repeat it.
std::string EchoText(size_t size = 64);

::bench::v1::EchoRequest Echo(size_t size = 64);
::bench::v1::BenchRequest Small(int response_count = 0);
// A mebibyte of data.
::bench::v1::BenchRequest Large();
// A mebibyte of words in an order that does not repeat, which compresses as text does. Not of connect-rust's benchmark.
::bench::v1::BenchRequest LargeText();
::bench::v1::LogRequest Logs(int records);

// Whether the encoded sizes are those of connect-rust's payloads, which says that shapes and values are the same; else
// says on stderr which is not.
[[nodiscard]] bool PayloadsAreRight();

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_SERVERS_PAYLOADS_H_
