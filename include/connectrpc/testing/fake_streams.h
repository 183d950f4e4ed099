#ifndef CONNECTRPC_TESTING_FAKE_STREAMS_H_
#define CONNECTRPC_TESTING_FAKE_STREAMS_H_

#include <google/protobuf/message_lite.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "connectrpc/client_stream.h"
#include "connectrpc/error.h"
#include "connectrpc/header_list.h"

// Streams for mocks of generated clients to return, made of what a server is to have sent. There are no threads behind
// them: callbacks run on the thread that causes them, soon after the operation.
//
//   EXPECT_CALL(client, Countdown).WillOnce([](const auto&, const auto&) {
//     return connectrpc::FakeReader<CountdownResponse>({Three(), Two(), One()});
//   });
namespace connectrpc {

// How a faked call goes, beside its messages.
struct FakeEnd {
  FakeEnd() = default;
  FakeEnd(Error how) : error(std::move(how)) {}  // NOLINT: by purpose

  Error error;
  HeaderList headers;
  HeaderList trailers;
};

// What was written to a faked stream. Thread-safe.
template <class Request>
class FakeRequests {
 public:
  std::vector<Request> messages() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return messages_;
  }

  void Add(const std::string& encoded) {
    std::lock_guard<std::mutex> lock(mutex_);
    messages_.emplace_back().ParseFromString(encoded);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Request> messages_;
};

namespace client {

// Begins a call that a server answers at once with `responses`, encoded, and then `end`: at once as well, or, where
// `requests` is set, which gets what is written, when the requests have ended. When a thread waits for something and
// nothing more can come, the end comes before.
Stream StartFake(StreamType type, std::vector<std::string> responses, FakeEnd end,
                 std::function<void(const std::string& encoded)> requests);

template <class M>
std::vector<std::string> EncodeAll(const std::vector<M>& messages) {
  std::vector<std::string> encoded;
  for (const M& message : messages) encoded.push_back(message.SerializePartialAsString());
  return encoded;
}

template <class Request>
std::function<void(const std::string&)> AddTo(std::shared_ptr<FakeRequests<Request>> requests) {
  if (requests == nullptr) return [](const std::string&) {};
  return [requests = std::move(requests)](const std::string& encoded) { requests->Add(encoded); };
}

}  // namespace client

// Reads these messages, then this end.
template <class Response>
ClientReader<Response> FakeReader(const std::vector<Response>& messages, FakeEnd end = {}) {
  return ClientReader<Response>(
      client::StartFake(StreamType::kServerStream, client::EncodeAll(messages), std::move(end), nullptr));
}

// Takes what is written, into `requests` if it is not null. Finish gives the response, or the error.
template <class Request, class Response>
ClientWriter<Request, Response> FakeWriter(const Response& response, FakeEnd end = {},
                                           std::shared_ptr<FakeRequests<Request>> requests = nullptr) {
  std::vector<std::string> responses;
  if (end.error.ok()) responses.push_back(response.SerializePartialAsString());
  return ClientWriter<Request, Response>(client::StartFake(StreamType::kClientStream, std::move(responses),
                                                           std::move(end), client::AddTo(std::move(requests))));
}

// Both. The end comes after CloseSend or Finish, or when a blocking Read finds no more messages.
template <class Request, class Response>
ClientReaderWriter<Request, Response> FakeReaderWriter(const std::vector<Response>& messages, FakeEnd end = {},
                                                       std::shared_ptr<FakeRequests<Request>> requests = nullptr) {
  return ClientReaderWriter<Request, Response>(client::StartFake(StreamType::kBidiStream, client::EncodeAll(messages),
                                                                 std::move(end), client::AddTo(std::move(requests))));
}

}  // namespace connectrpc

#endif  // CONNECTRPC_TESTING_FAKE_STREAMS_H_
