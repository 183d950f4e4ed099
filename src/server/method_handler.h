#ifndef CONNECTRPC_SRC_SERVER_METHOD_HANDLER_H_
#define CONNECTRPC_SRC_SERVER_METHOD_HANDLER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "codec/codec.h"
#include "connectrpc/header_list.h"
#include "connectrpc/interceptor.h"
#include "connectrpc/payload.h"
#include "connectrpc/protocol.h"
#include "net/loop.h"
#include "protocol/model.h"
#include "wire/timeout.h"

namespace connectrpc {
struct HttpOptions;
}

// The seam between the front end and whatever runs a method's code. Everything here happens on the thread of the call's
// loop; a handler that works on other threads posts an embedded net::Task to get back (many posts cost one wake-up).
namespace connectrpc::server {

// One running call as its handler implements it. Events come in this order: OnMessage*, then OnHalfClose; OnWritable in
// between. OnCancel may come at any time, at most once, and is the last event.
class CallHandler {
 public:
  // A request message in the caller's codec; borrowed bytes are valid during the call only.
  virtual void OnMessage(Payload message) = 0;
  virtual void OnHalfClose() = 0;
  // The response bytes on hold have fallen below the limit after SendMessage returned kFull.
  virtual void OnWritable() = 0;
  // The caller is gone, or the call has been answered without the handler (deadline, invalid request). What the handler
  // still sends is dropped; it winds up and calls Done.
  virtual void OnCancel() = 0;

 protected:
  ~CallHandler() = default;
};

// A message in the caller's codec that is still to be written out.
class MessageSource {
 public:
  virtual size_t size() const = 0;
  // Writes size() bytes. Must not throw: the bytes are part of the answer already.
  virtual void WriteTo(char* target) const = 0;

 protected:
  ~MessageSource() = default;
};

class HandlerLane;  // handler_pool.h

// An object that a method's handler keeps with the stream, or with the connection, for calls to come.
class Kept {
 public:
  virtual ~Kept() = default;
};

// The call as its handler sees it. Valid until Done.
class Responder {
 public:
  virtual const protocol::RequestMeta& request_meta() const = 0;
  virtual const CallHead& head() const = 0;
  // The caller's codec; null for no call that reached a handler.
  virtual const codec::Codec& codec() const = 0;
  virtual wire::TimePoint deadline() const = 0;  // wire::kNever for none
  virtual net::Loop& loop() const = 0;
  // Of the server, which outlive the call.
  virtual const HttpOptions& options() const = 0;

  // Request bytes that have not reached the handler stay with the client while reading is paused (flow control): a
  // handler that cannot keep up pauses. What has been read may still be delivered.
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;

  // Whether messages from now on may be compressed, where the call has that; at first they may.
  virtual void SetCompressing(bool /*compressing*/) {}

  // At most once, before the first message; optional.
  virtual void SendHeaders(const HeaderList& metadata) = 0;
  // A message in the caller's codec. Borrowed bytes are copied before it returns.
  virtual SendResult SendMessage(Payload message) = 0;
  // The same; `message` is used only during the call.
  virtual SendResult SendMessage(const MessageSource& message) = 0;
  // The first one counts. No events follow but OnCancel does not come either.
  virtual void Finish(const protocol::RpcEnd& end) = 0;

  // A place for an object that the next calls on the same pooled stream find again; empty, or of whatever method had it
  // last. It stays untouched until Done.
  virtual std::unique_ptr<Kept>& kept_by_stream() = 0;
  // The same for all calls of the connection. Null once the connection is lost.
  virtual std::shared_ptr<Kept>* kept_by_connection() = 0;
  // Where handlers of the connection's calls that may block wait for a thread of their own. Null once the connection is
  // lost.
  virtual HandlerLane* handler_lane() = 0;

  // The handler is through with the call and lets go of the responder; due exactly once, after Finish or OnCancel.
  virtual void Done() = 0;

 protected:
  ~Responder() = default;
};

// Runs the calls of one method. Used by all loops at once.
class MethodHandler {
 public:
  virtual ~MethodHandler() = default;
  // Begins a call. The result stays the handler's and lives until it calls responder->Done(). May answer before it
  // returns; null if that was all and Done was called.
  virtual CallHandler* Start(Responder* responder) = 0;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_METHOD_HANDLER_H_
