#include "http/client_driver.h"

#include <gtest/gtest.h>

#include <cstring>

#include "wire/output_queue.h"

namespace connectrpc::test {

using http::HttpClientEvent;

ClientDriver::ClientDriver(std::unique_ptr<http::HttpClientSession> session, Handler handler)
    : session_(std::move(session)), handler_(std::move(handler)) {}

CallStream* ClientDriver::Start(std::string_view body, bool open) {
  return Start([&](CallStream& stream) {
    stream.body.queue.Append(body);
    stream.body.ended = !open;
  });
}

CallStream* ClientDriver::Start(const std::function<void(CallStream&)>& fill) {
  streams_.push_back(std::make_unique<CallStream>());
  CallStream& stream = *streams_.back();
  stream.number = streams_.size();
  stream.request.method = "POST";
  stream.request.target = "/svc.S/Unary";
  stream.request.scheme = "http";
  stream.request.authority = "host";
  fill(stream);
  session_->Start(&stream);
  return &stream;
}

void ClientDriver::Send(CallStream* stream, std::string_view bytes, bool end) {
  stream->body.queue.Append(bytes);
  stream->body.ended = end;
  session_->Resume(stream);
}

void ClientDriver::Feed(std::string_view bytes) {
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  session_->Feed({copy.get(), bytes.size()});
  HandleEvents();
}

void ClientDriver::Feed(const std::vector<std::string_view>& pieces) {
  for (const std::string_view piece : pieces) Feed(piece);
}

void ClientDriver::FeedEnd() {
  session_->FeedEnd();
  HandleEvents();
}

void ClientDriver::Reset(CallStream* stream) {
  session_->Reset(stream);
  HandleEvents();
}

std::string ClientDriver::Output(size_t high_water) {
  wire::OutputQueue queue;
  session_->Write(&queue, high_water);
  HandleEvents();
  std::string out;
  for (std::string_view piece; queue.Peek(&piece, 1) == 1; queue.Consume(piece.size())) out.append(piece);
  return out;
}

std::vector<std::string> ClientDriver::log(size_t number) const {
  const std::string prefix = std::to_string(number) + " ";
  std::vector<std::string> lines;
  for (const std::string& line : log_) {
    if (line.compare(0, prefix.size(), prefix) == 0) lines.push_back(line.substr(prefix.size()));
  }
  return lines;
}

void ClientDriver::HandleEvents() {
  // Handlers may append events: kept for the next round.
  while (!session_->events().empty()) {
    const std::vector<HttpClientEvent> events = std::move(session_->events());
    session_->events().clear();
    for (const HttpClientEvent& event : events) {
      auto& stream = static_cast<CallStream&>(*event.stream);
      CheckOrder(event, stream);
      Log(event, stream);
      if (event.kind == HttpClientEvent::Kind::kBody && release_bodies) session_->Release(&stream, event.bytes.size());
      if (handler_) handler_(*this, stream, event);
    }
  }
}

void ClientDriver::CheckOrder(const HttpClientEvent& event, CallStream& stream) {
  EXPECT_FALSE(stream.closed) << "after kClosed";
  switch (event.kind) {
    case HttpClientEvent::Kind::kHead:
      EXPECT_FALSE(stream.head_seen || stream.ended);
      stream.head_seen = true;
      stream.ended = event.end == wire::EndStream::kYes;
      break;
    case HttpClientEvent::Kind::kBody:
      EXPECT_TRUE(stream.head_seen && !stream.ended);
      EXPECT_FALSE(event.bytes.empty());
      stream.received.append(event.bytes);
      break;
    case HttpClientEvent::Kind::kEnd:
      EXPECT_TRUE(stream.head_seen && !stream.ended);
      stream.ended = true;
      break;
    case HttpClientEvent::Kind::kReset:
      EXPECT_FALSE(stream.ended);
      stream.ended = stream.was_reset = true;
      break;
    case HttpClientEvent::Kind::kClosed:
      EXPECT_EQ(stream.unreleased_bytes, 0u);
      stream.closed = true;
      break;
  }
}

void ClientDriver::Log(const HttpClientEvent& event, const CallStream& stream) {
  if (event.kind == HttpClientEvent::Kind::kBody) {
    if (body_of_ != &stream) log_.push_back(std::to_string(stream.number) + " body ");
    body_of_ = &stream;
    if (log_.back().size() < 100) log_.back() += event.bytes.size() > 100 ? "..." : std::string(event.bytes);
    return;
  }
  body_of_ = nullptr;
  std::string line = std::to_string(stream.number);
  switch (event.kind) {
    case HttpClientEvent::Kind::kHead:
      line += " head " + std::to_string(stream.response.status);
      break;
    case HttpClientEvent::Kind::kBody:
      break;
    case HttpClientEvent::Kind::kEnd:
      line += " end";
      break;
    case HttpClientEvent::Kind::kReset:
      line += " reset " + std::to_string(stream.error_code);
      if (stream.unprocessed) line += " unprocessed";
      if (stream.too_large) line += " too large";
      if (!stream.fault.empty()) line += ": " + std::string(stream.fault);
      break;
    case HttpClientEvent::Kind::kClosed:
      line += " closed";
      break;
  }
  if (event.end == wire::EndStream::kYes) line += " end";
  log_.push_back(line);
}

}  // namespace connectrpc::test
