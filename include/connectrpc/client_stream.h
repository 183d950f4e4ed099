#ifndef CONNECTRPC_CLIENT_STREAM_H_
#define CONNECTRPC_CLIENT_STREAM_H_

#include <functional>
#include <memory>
#include <utility>

#include "connectrpc/client_call.h"
#include "connectrpc/result.h"

// Calls with a stream of messages on either side.
//
//   connectrpc::ClientReader<CountdownResponse> reader = client.Countdown(request);
//   CountdownResponse message;
//   while (reader.Read(&message)) Show(message);
//   if (connectrpc::Error error = reader.Finish(); !error.ok()) Report(error);
//
// The handles are move-only; destroying one cancels a call that has not ended, and does not wait. Each operation has a
// blocking form, and one that calls back on the call's loop (never before it has returned): a callback must not block
// or throw. One thread may read while another writes; at most one operation of each kind (Read, Write, Finish) is under
// way at a time. What a callback form is given to read into must be there until the callback, which comes in any case:
// when the handle is destroyed, too.
//
// Blocking forms do not work on the loop, that is within callbacks: they would wait for themselves. The call is
// canceled then, with failed_precondition.
namespace connectrpc {

// Gets the response of a call with one response message.
template <class Response>
using UnaryCallback = std::function<void(Result<Response>)>;

namespace client {

// Parses to a Response and hands it to a callback.
template <class Response>
class CallbackCompletion final : public UnaryCompletion {
 public:
  explicit CallbackCompletion(UnaryCallback<Response> done) : done_(std::move(done)) {}

  ResponseSlot response() override { return &response_; }
  void OnDone(UnaryOutcome outcome) override {
    done_(Result<Response>(std::move(response_), std::move(outcome.error), std::move(outcome.headers),
                           std::move(outcome.trailers)));
  }

 private:
  UnaryCallback<Response> done_;
  Response response_;
};

}  // namespace client

// A server stream.
template <class Response>
class ClientReader {
 public:
  ClientReader() = default;
  explicit ClientReader(client::Stream stream) : stream_(std::move(stream)) {}

  // The next message. False at the end of the call, whether success or not, and from then on: Finish tells how it
  // ended. What had come before the end is read first.
  [[nodiscard]] bool Read(Response* message) { return stream_.Read(message); }
  void Read(Response* message, std::function<void(bool)> done) { stream_.Read(message, std::move(done)); }

  // Waits for the headers of the answer, or the end of a call that has none. Valid as long as the handle's call.
  const HeaderList& headers() { return stream_.headers(); }

  // Drops what was not read, waits for the end. May be called again: the answer is the same.
  Error Finish() { return stream_.Finish(); }
  void Finish(std::function<void(Error)> done) { stream_.Finish(std::move(done)); }

  // After the end; empty before. Valid as long as the handle's call.
  const HeaderList& trailers() const { return stream_.trailers(); }

  // Ends the call with `canceled`, unless it has ended and all its messages were read. Nothing is read any more. From
  // any thread.
  void Cancel() { stream_.Cancel(); }

 private:
  client::Stream stream_;
};

// A client stream.
template <class Request, class Response>
class ClientWriter {
 public:
  ClientWriter() = default;
  explicit ClientWriter(client::Stream stream) : stream_(std::move(stream)) {}

  // Sends a message; waits while much of what was written has not left. False when the call has ended: Finish tells
  // how. True says nothing about the server.
  [[nodiscard]] bool Write(const Request& message) { return stream_.Write(message); }
  void Write(const Request& message, std::function<void(bool)> done) { stream_.Write(message, std::move(done)); }

  // No more messages; waits for the response. May be called again: the answer is the same.
  Result<Response> Finish() {
    Response response;
    client::UnaryOutcome outcome = stream_.FinishWithResponse(&response);
    return Result<Response>(std::move(response), std::move(outcome.error), std::move(outcome.headers),
                            std::move(outcome.trailers));
  }
  void Finish(UnaryCallback<Response> done) {
    stream_.FinishWithResponse(std::make_unique<client::CallbackCompletion<Response>>(std::move(done)));
  }

  // As of ClientReader.
  const HeaderList& headers() { return stream_.headers(); }
  void Cancel() { stream_.Cancel(); }

 private:
  client::Stream stream_;
};

// A stream both ways. The operations are those of ClientWriter and ClientReader.
template <class Request, class Response>
class ClientReaderWriter {
 public:
  ClientReaderWriter() = default;
  explicit ClientReaderWriter(client::Stream stream) : stream_(std::move(stream)) {}

  [[nodiscard]] bool Write(const Request& message) { return stream_.Write(message); }
  void Write(const Request& message, std::function<void(bool)> done) { stream_.Write(message, std::move(done)); }
  // No more messages: Write gives false from now on. Does not wait.
  void CloseSend() { stream_.CloseSend(); }

  [[nodiscard]] bool Read(Response* message) { return stream_.Read(message); }
  void Read(Response* message, std::function<void(bool)> done) { stream_.Read(message, std::move(done)); }

  const HeaderList& headers() { return stream_.headers(); }

  // CloseSend, unless it was called; drops what was not read; waits for the end.
  Error Finish() { return stream_.Finish(); }
  void Finish(std::function<void(Error)> done) { stream_.Finish(std::move(done)); }

  const HeaderList& trailers() const { return stream_.trailers(); }
  void Cancel() { stream_.Cancel(); }

 private:
  client::Stream stream_;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_CLIENT_STREAM_H_
