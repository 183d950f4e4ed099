#ifndef CONNECTRPC_TESTS_TRANSPORT_RAW_SERVER_H_
#define CONNECTRPC_TESTS_TRANSPORT_RAW_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/h2_frames.h"
#include "net/unique_fd.h"
#include "support/tcp_client.h"

// Servers whose every byte the test writes.
namespace connectrpc::test {

// One connection of a client, blocking.
class RawConnection final {
 public:
  explicit RawConnection(net::UniqueFd fd);

  // False if the connection is lost.
  bool Send(std::string_view bytes);
  // What has arrived, at least one byte; empty at the end of the connection, and, as a failure of the test, after the
  // time limit.
  std::string Receive();
  // Exactly so many bytes, without allocating. False at the end of the connection.
  bool ReceiveBytes(char* bytes, size_t size);
  // Reads until `text` has come; what was read, with all behind it that came along.
  std::string ReceiveUntil(std::string_view text);
  // Reads and drops until the client has closed. How many bytes there were.
  size_t ReceiveToEnd();
  void ShutdownWrite();
  void Close();
  // Closes with a TCP reset instead of an end.
  void Reset();

 private:
  net::UniqueFd fd_;
};

// Listens on a free port of this machine.
class RawServer final {
 public:
  // `receive_buffer` bounds what the kernel holds of what the client sends; 0 leaves it to the kernel.
  explicit RawServer(int receive_buffer = 0);

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // The next connection; waits for it.
  RawConnection Accept();
  // Nobody is listening any more.
  void Close() { fd_ = net::UniqueFd(); }

 private:
  net::UniqueFd fd_;
  int port_ = 0;
};

// The server's end of an HTTP/2 connection, frame by frame.
class RawHttp2 final {
 public:
  // Reads the client's preface and answers with SETTINGS of these entries and an acknowledgement.
  explicit RawHttp2(RawConnection connection, const std::vector<std::pair<uint16_t, uint32_t>>& settings = {});

  // The next frame of the client; type 0xff at the end of the connection. SETTINGS are answered, PINGs not.
  RawFrame Next();
  // Skips to the next frame of this type.
  RawFrame Next(uint8_t type);
  // The stream of the next request, whose body has not been read.
  int32_t NextRequest() { return Next(NGHTTP2_HEADERS).stream_id; }
  // Skips to the end of the client's stream.
  void ReadRequestBody(int32_t id);

  bool Send(std::string_view bytes) { return connection_.Send(bytes); }
  void SendHead(int32_t id, const Fields& fields, bool end = false);
  void SendData(int32_t id, std::string_view bytes, bool end = false);
  void SendReset(int32_t id, uint32_t code);
  void SendGoAway(int32_t last_id, uint32_t code = NGHTTP2_NO_ERROR);
  // A unary Connect response.
  void Answer(int32_t id, std::string_view message);

  RawConnection& connection() { return connection_; }

 private:
  RawConnection connection_;
  std::string input_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_TRANSPORT_RAW_SERVER_H_
