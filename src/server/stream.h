#ifndef CONNECTRPC_SRC_SERVER_STREAM_H_
#define CONNECTRPC_SRC_SERVER_STREAM_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "http/http_session.h"
#include "net/loop.h"
#include "protocol/server_call.h"
#include "server/call_chain.h"
#include "server/method_handler.h"
#include "server/plain_http.h"
#include "server/route_table.h"

namespace connectrpc::server {

class Connection;
class StreamPool;
struct ServerContext;

// One request from its head to its last byte: the HTTP stream, the call machine and the handler's responder in one
// pooled object.
//
// It lives until both sides have let go: the connection by CloseHttp (answered, reset or lost), the handler by Done. A
// handler that finishes after the connection is gone finds a responder that drops its answer.
class Stream final : public http::HttpStream, public Responder, private net::Timer {
 public:
  Stream() = default;

  // Takes the object, fresh or cleared by Clear, into use. All but `connection` outlive it.
  void Open(const ServerContext* context, net::Loop* loop, StreamPool* pool, Connection* connection);
  // Back to the state of a new object, keeping capacity.
  void Clear();

  // Events of the HTTP session.
  void OnHead(wire::EndStream end);
  void OnBody(std::string_view bytes, wire::EndStream end);
  void OnAborted();
  // The session has forgotten the stream.
  void CloseHttp();
  // The connection goes away with the stream still in use by its handler.
  void DetachConnection();

  // After the session has taken output: tells a waiting handler. Whether it still waits.
  bool CheckWritable();

  // Ends the call with an error, as a server that shuts down does.
  void Cancel(Error reason);

  // Whether a handler runs.
  bool running() const { return handler_ != nullptr; }

  // One request message, one response message; what is no RPC counts as such.
  bool unary_request() const { return route_ == nullptr || !ClientStreams(route_->stream_type); }
  bool unary_answer() const { return route_ == nullptr || !ServerStreams(route_->stream_type); }
  // Bytes kept of messages that are not complete.
  size_t gathered_bytes() const { return call_active_ ? call_.gathered_bytes() : plain_.gathered_bytes(); }

  // The connection's: where it keeps the stream, whether it is between kHead and kClosed, and gathered_bytes as
  // counted.
  size_t index_in_connection = 0;
  bool announced = false;
  size_t counted_gathered = 0;

  // Responder
  const protocol::RequestMeta& request_meta() const override { return call_.request(); }
  const CallHead& head() const override { return head_; }
  const codec::Codec& codec() const override { return *call_.codec(); }
  wire::TimePoint deadline() const override { return call_.deadline(); }
  net::Loop& loop() const override { return *loop_; }
  const HttpOptions& options() const override;
  void PauseReading() override;
  void ResumeReading() override;
  void SetCompressing(bool compressing) override { call_.SetCompressing(compressing); }
  void SendHeaders(const HeaderList& metadata) override;
  SendResult SendMessage(Payload message) override;
  SendResult SendMessage(const MessageSource& message) override;
  void Finish(const protocol::RpcEnd& end) override;
  std::unique_ptr<Kept>& kept_by_stream() override { return kept_; }
  std::shared_ptr<Kept>* kept_by_connection() override;
  HandlerLane* handler_lane() override;
  void Done() override;

 private:
  void OnTimer() override;

  // The request is for none of our hosts.
  bool IsForeignHost() const;
  // What follows the prefix of RPCs; empty for a path without it.
  std::string_view RpcPath(std::string_view path) const;
  void StartRpc(wire::EndStream end);
  // For a path that is no RPC's; false if it is nobody's.
  bool StartPlain(std::string_view path, wire::EndStream end);
  void FeedPlain(std::string_view bytes, wire::EndStream end);

  void StartCall(const wire::ContentType& content_type, wire::EndStream end);
  void FillHead();
  void StartHandler();
  // Hands what was fed to the call machine on to the handler.
  void Deliver();
  // False if that ended the call.
  bool DeliverMessage(Payload message);
  // The next message of a stream is awaited from now on, or none any more.
  void AwaitMessage(bool awaited);
  // Ends the call without its handler.
  void Fail(Error error);
  void CancelHandler();
  void NotifyObservers();
  // Makes the session see what was added to the answer.
  void Flush();
  void SendHead();
  // A message was added to the answer.
  SendResult MessageSent();
  void ReleaseBody(size_t bytes);
  void ReleaseIfUnused();

  // Answers without a call: a bare status, with one header field.
  void AnswerStatus(int status, std::string_view name = {}, std::string_view value = {});
  // Answers an error that precedes the call, in the protocol that the head names; with the bare status where it names
  // none.
  void AnswerError(Error error, int http_status);

  const ServerContext* context_ = nullptr;
  net::Loop* loop_ = nullptr;
  StreamPool* pool_ = nullptr;
  Connection* connection_ = nullptr;
  const Route* route_ = nullptr;

  PlainExchange plain_;
  CallHead head_;
  std::string peer_;
  CallChain chain_;
  wire::TimePoint started_;
  wire::TimePoint message_deadline_ = wire::kNever;
  protocol::ServerCall call_;
  CallHandler* handler_ = nullptr;  // from StartHandler to Done
  std::unique_ptr<Kept> kept_;
  bool call_active_ = false;    // call_ reads this request and writes this answer
  bool handler_muted_ = false;  // has finished or was cancelled: gets no more events
  bool held_ = false;           // an outer function of this object will call ReleaseIfUnused
  bool handler_done_ = false;   // Done was called
  bool http_closed_ = false;
  bool reading_paused_ = false;
  bool waits_writable_ = false;
  size_t withheld_bytes_ = 0;  // used up, but not released because reading is paused
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_STREAM_H_
