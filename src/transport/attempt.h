#ifndef CONNECTRPC_SRC_TRANSPORT_ATTEMPT_H_
#define CONNECTRPC_SRC_TRANSPORT_ATTEMPT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "connectrpc/error.h"
#include "connectrpc/payload.h"
#include "http/http_client_session.h"
#include "net/timer.h"
#include "protocol/client_call.h"
#include "transport/config.h"
#include "wire/http_head.h"

namespace connectrpc::transport {

class AttemptPool;
class Connection;

// One request to a server and its answer: the HTTP stream and the call machine in one pooled object. A call makes one
// attempt, or several one after another.
//
// It lives until both sides have let go: the connection (answered, reset or lost) and the call (Abandon). A call that
// goes earlier leaves an attempt that reads the rest of its answer, if that is short, or resets its stream.
class Attempt final : public http::HttpClientStream, private net::Timer {
 public:
  // What comes back, in this order: OnHeaders at most once, OnMessage*, OnEnd; OnOutput in between. Each may abandon
  // the attempt. None comes from inside Begin, SendMessage, CloseSend or PauseReading.
  class Watcher {
   public:
    virtual void OnHeaders(const HeaderList& headers) = 0;
    virtual void OnMessage(Payload message) = 0;
    // The output has fallen below half of what was watched for.
    virtual void OnOutput() = 0;
    // end() is there.
    virtual void OnEnd() = 0;

   protected:
    ~Watcher() = default;
  };

  Attempt() = default;

  // Takes the object, fresh or cleared by Clear, into use. Not ok: what is wrong with the metadata. All arguments
  // outlive it, but for `start` itself.
  Error Begin(const Config* config, const protocol::ClientCallStart& start, Watcher* watcher, AttemptPool* pool);
  // Once request_ready().
  void Start(Connection* connection);
  // Back to the state of a new object, keeping capacity.
  void Clear();

  // False: that ended the call, which Poll then tells.
  [[nodiscard]] bool SendMessage(Payload message);
  [[nodiscard]] bool CloseSend();
  void Poll();
  bool request_ready() const { return call_.request_ready(); }
  size_t output_bytes() const { return body.queue.size(); }
  // OnOutput once the output is half of `bytes` or less.
  void WatchOutput(size_t bytes);

  // The answer's body is held back: here what has come, and by flow control the rest.
  void PauseReading() { reading_paused_ = true; }
  // Delivers what was held, if holds().
  void ResumeReading();
  bool holds() const { return !held_.empty() || held_end_; }

  // Ends the call from outside; OnEnd does not come. Does nothing after the end.
  void Fail(Error error);
  bool ended() const { return ended_; }
  // From the end on, until Abandon.
  const protocol::RpcEnd& end() const { return call_.end(); }
  const HeaderList& headers() const { return call_.headers(); }
  // The stream broke: reset by the server, or lost with its connection.
  bool broken() const { return broken_; }
  // Nobody has looked at the request: it may be sent again.
  bool refused() const { return broken_ && unprocessed; }

  // Null before Start and after the end of the HTTP stream.
  const Connection* connection() const { return connection_; }

  // The call lets go: no event comes any more.
  void Abandon();

  // --- For the connection ---
  void OnHead(wire::EndStream end);
  void OnBody(std::string_view bytes);
  void OnAnswerEnd();
  void OnReset();
  // The connection is lost: in place of OnReset.
  void OnLost(const Error& error);
  // The session has forgotten the stream, or the connection is no more.
  void OnClosed();
  // After the session has taken output. Whether it is still watched.
  bool CheckOutput();
  size_t index_in_connection = 0;

 private:
  void OnTimer() override;

  // Somebody wants to know what comes.
  bool listening() const { return watcher_ != nullptr && !ended_; }
  // The session gets rid of the stream, or has.
  bool closing() const { return response_ended || broken_ || reset_; }
  // Hands on what the call machine makes of its input.
  void Deliver();
  // Bytes of the body were used up.
  void Used(size_t bytes);
  void EndWith(Error error);
  // Makes the session see what was added to the request.
  void Flush();
  // What the rest of the answer is to the call that has its end: nothing. Reads on only if it ends soon.
  void Drain();
  void ResetStream();
  void FreeIfUnused();

  Watcher* watcher_ = nullptr;  // null once abandoned
  AttemptPool* pool_ = nullptr;
  Connection* connection_ = nullptr;  // from Start to OnClosed
  protocol::ClientCall call_;
  std::string held_;           // body that came while reading was paused
  size_t withheld_bytes_ = 0;  // used up or held, but not released because reading is paused
  size_t drained_bytes_ = 0;
  size_t output_mark_ = 0;
  bool reading_paused_ = false;
  bool held_end_ = false;  // the end of the answer came behind what is held
  bool waits_output_ = false;
  bool ended_ = false;  // the call machine is done
  bool broken_ = false;
  bool draining_ = false;
  bool reset_ = false;  // by us
  bool busy_ = false;   // an outer function of this object will call FreeIfUnused
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_ATTEMPT_H_
