#ifndef CONNECTRPC_TESTS_INTEROP_SCRIPTED_REACTOR_H_
#define CONNECTRPC_TESTS_INTEROP_SCRIPTED_REACTOR_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "echo.pb.h"

namespace connectrpc::test {

// What happened, in order. Thread-safe.
class Journal final {
 public:
  void Add(std::string entry) {
    std::lock_guard<std::mutex> lock(mutex_);
    entries_.push_back(std::move(entry));
  }
  // What was added since the last time.
  std::vector<std::string> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(entries_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> entries_;
};

// The operations of a reactor of any kind; those that its kind has not do nothing.
class Actions {
 public:
  virtual void SendHeaders() = 0;
  virtual void Read() {}
  virtual void Write(const std::string& /*text*/, grpc::WriteOptions /*options*/ = {}) {}
  virtual void WriteAndFinish(const std::string& /*text*/, grpc::Status /*status*/, grpc::WriteOptions = {}) {}
  virtual void Finish(grpc::Status status = grpc::Status()) = 0;
  grpc::CallbackServerContext* context = nullptr;
  echo::EchoResponse* response = nullptr;  // client streams
  std::string request;                     // server streams: its text

 protected:
  ~Actions() = default;
};

// What a reactor does in its constructor ("start") and in its reactions, by the names they have in the journal: "read
// ok", "read failed", "write ok", "write failed", "headers ok", "headers failed", "cancel", "done".
using Script = std::map<std::string, std::function<void(Actions&)>>;

template <class Base>
class ScriptedReactor : public Base, public Actions {
 public:
  ScriptedReactor(Journal* journal, const Script* script) : journal_(journal), script_(script) {}

  void SendHeaders() override { this->StartSendInitialMetadata(); }
  void Finish(grpc::Status status = grpc::Status()) override { Base::Finish(std::move(status)); }

  void OnSendInitialMetadataDone(bool ok) override { Play(ok ? "headers ok" : "headers failed"); }
  void OnCancel() override { Play("cancel"); }
  void OnDone() override {
    struct Delete {
      ~Delete() { delete reactor; }
      ScriptedReactor* reactor;
    } at_end{this};
    Play("done");
  }

  // Also says how a message that was read begins.
  void Play(const std::string& name, const std::string& text = {}) {
    if (inside_) journal_->Add("REACTION INSIDE OF ANOTHER");
    inside_ = true;
    journal_->Add(text.empty() ? name : name + " " + text);
    struct Leave {
      ~Leave() { *inside = false; }
      bool* inside;
    } leave{&inside_};
    const auto found = script_->find(name);
    if (found != script_->end()) found->second(*this);
  }

 protected:
  ~ScriptedReactor() override = default;

 private:
  Journal* const journal_;
  const Script* const script_;
  bool inside_ = false;
};

class ScriptedReader final : public ScriptedReactor<grpc::ServerReadReactor<echo::EchoRequest>> {
 public:
  using ScriptedReactor::ScriptedReactor;
  void Read() override { StartRead(&message_); }
  void OnReadDone(bool ok) override { ok ? Play("read ok", message_.text()) : Play("read failed"); }

 private:
  echo::EchoRequest message_;
};

class ScriptedWriter final : public ScriptedReactor<grpc::ServerWriteReactor<echo::EchoResponse>> {
 public:
  using ScriptedReactor::ScriptedReactor;
  void Write(const std::string& text, grpc::WriteOptions options = {}) override {
    message_.set_text(text);
    StartWrite(&message_, options);
  }
  void WriteAndFinish(const std::string& text, grpc::Status status, grpc::WriteOptions options = {}) override {
    message_.set_text(text);
    StartWriteAndFinish(&message_, options, std::move(status));
  }
  void OnWriteDone(bool ok) override { Play(ok ? "write ok" : "write failed"); }

 private:
  echo::EchoResponse message_;
};

class ScriptedBidi final : public ScriptedReactor<grpc::ServerBidiReactor<echo::EchoRequest, echo::EchoResponse>> {
 public:
  using ScriptedReactor::ScriptedReactor;
  void Read() override { StartRead(&in_); }
  void Write(const std::string& text, grpc::WriteOptions options = {}) override {
    out_.set_text(text);
    StartWrite(&out_, options);
  }
  void WriteAndFinish(const std::string& text, grpc::Status status, grpc::WriteOptions options = {}) override {
    out_.set_text(text);
    StartWriteAndFinish(&out_, options, std::move(status));
  }
  void OnReadDone(bool ok) override { ok ? Play("read ok", in_.text()) : Play("read failed"); }
  void OnWriteDone(bool ok) override { Play(ok ? "write ok" : "write failed"); }

 private:
  echo::EchoRequest in_;
  echo::EchoResponse out_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_SCRIPTED_REACTOR_H_
