#ifndef CONNECTRPC_TESTS_NET_TLS_TEST_UTIL_H_
#define CONNECTRPC_TESTS_NET_TLS_TEST_UTIL_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/net_test_util.h"
#include "net/tls_context.h"
#include "net/tls_stream.h"
#include "support/test_certificate.h"
#include "support/tls_peer.h"
#include "wire/output_queue.h"

namespace connectrpc::net {

// The server's end: keeps what it reads, and how that ended.
class TlsServer final : public ByteStream::Watcher {
 public:
  TlsServer(Loop* loop, UniqueFd fd, std::shared_ptr<const TlsContext> context, size_t read_size)
      : loop_(loop), read_size_(read_size), stream(loop, Accepted(std::move(fd)), std::move(context), this) {
    stream.WaitReadable();
  }

  void OnReadable() override {
    ++readable_calls;
    const IoResult read = stream.Read(loop_->read_block(), read_size_);
    status = read.status;
    received.append(loop_->read_block(), read.bytes);
    if (status == IoStatus::kOk || status == IoStatus::kWouldBlock) stream.WaitReadable();
    if (status == IoStatus::kOk && on_data) on_data();
  }
  void OnWritable() override { Flush(); }

  void Write(std::string_view bytes) {
    output.Append(bytes);
    Flush();
  }
  void Flush() {
    write_status = stream.Write(&output).status;
    if (write_status == IoStatus::kWouldBlock) {
      ++blocked_writes;
      stream.WaitWritable();
    }
  }

  std::string received;
  IoStatus status = IoStatus::kWouldBlock;  // of the last Read
  IoStatus write_status = IoStatus::kOk;
  wire::OutputQueue output;
  std::function<void()> on_data;
  int readable_calls = 0;
  int blocked_writes = 0;

 private:
  Loop* const loop_;
  const size_t read_size_;

 public:
  TlsStream stream;
};

// A server and a client in one thread, which take turns. Over Unix sockets, through which bytes are there as soon as
// they were sent.
class TlsTest : public LoopTest {
 protected:
  static std::shared_ptr<const TlsContext> Context(const TlsOptions& options) {
    absl::StatusOr<std::shared_ptr<const TlsContext>> context = TlsContext::ForServer(options);
    EXPECT_TRUE(context.ok()) << context.status();
    return context.ok() ? *context : nullptr;
  }
  static TlsOptions WithCertificate(const test::TestCertificate& certificate) {
    TlsOptions options;
    options.certificate_chain_pem = certificate.pem;
    options.private_key_pem = certificate.key_pem;
    return options;
  }

  void Connect(const TlsOptions& options, const test::TlsPeerOptions& client = {}) {
    Connect(Context(options), client, MakeUnixPair(), Loop::kReadBlockSize);
  }
  void Connect(std::shared_ptr<const TlsContext> context, const test::TlsPeerOptions& client, SocketPair pair,
               size_t read_size) {
    ::fcntl(pair.peers.get(), F_SETFL, O_NONBLOCK);
    to_server_.clear();
    client_lost_ = false;
    peer_fd = std::move(pair.peers);
    peer = std::make_unique<test::TlsPeer>(client);
    server = std::make_unique<TlsServer>(&loop, std::move(pair.ours), std::move(context), read_size);
  }

  // Moves what there is to move, at most so many bytes towards the server. False if nothing moved.
  bool Exchange(size_t most = SIZE_MAX) {
    const int calls_before = server->readable_calls;
    to_server_ += peer->TakeOutput();
    const ssize_t sent =
        ::send(peer_fd.get(), to_server_.data(), std::min(most, to_server_.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) to_server_.erase(0, static_cast<size_t>(sent));
    RunTurns(3);
    char buffer[64 * 1024];
    const ssize_t got = ::recv(peer_fd.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    if (got > 0) peer->Feed(std::string_view(buffer, static_cast<size_t>(got)));
    if (got == 0) client_lost_ = true;
    return sent > 0 || got > 0 || server->readable_calls != calls_before;
  }
  // Until `done`, or until nothing moves any more.
  bool ExchangeUntil(const std::function<bool()>& done, size_t most = SIZE_MAX) {
    for (int idle = 0; idle < 5;) {
      if (done()) return true;
      idle = Exchange(most) ? 0 : idle + 1;
    }
    return done();
  }
  // What both sides make of it. False if either fails.
  bool Handshake(size_t most = SIZE_MAX) {
    bool client_done = false;
    return ExchangeUntil(
               [&] {
                 client_done = client_done || peer->Handshake();
                 return client_done && !server->stream.handshaking();
               },
               most) &&
           server->status != IoStatus::kError;
  }

  const test::TestCertificate certificate =
      test::MakeCertificate({"server", "DNS:localhost,IP:127.0.0.1,IP:::1", "serverAuth", false, false, nullptr, 0});
  std::unique_ptr<test::TlsPeer> peer;
  UniqueFd peer_fd;
  std::unique_ptr<TlsServer> server;
  bool client_lost_ = false;  // the client has read the end of the connection

 private:
  std::string to_server_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_TESTS_NET_TLS_TEST_UTIL_H_
