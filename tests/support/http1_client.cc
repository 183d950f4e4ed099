#include "support/http1_client.h"

#include <cstdlib>
#include <sstream>

namespace connectrpc::test {
namespace {

std::string Hex(size_t value) {
  std::ostringstream out;
  out << std::hex << value;
  return out.str();
}

}  // namespace

bool Http1Client::Send(const HttpRequest& request) {
  std::string bytes = request.method + " " + request.target + " HTTP/1.1\r\nhost: localhost\r\n";
  for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
  if (request.open) {
    bytes += "transfer-encoding: chunked\r\n\r\n";
    if (!request.body.empty()) bytes += Hex(request.body.size()) + "\r\n" + request.body + "\r\n";
  } else {
    bool has_length = request.method == "POST" || !request.body.empty();
    if (has_length) bytes += "content-length: " + std::to_string(request.body.size()) + "\r\n";
    bytes += "\r\n" + request.body;
  }
  return tcp_->Send(bytes);
}

bool Http1Client::SendChunk(std::string_view bytes) {
  return tcp_->Send(Hex(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n");
}

HttpResponse Http1Client::ReadResponse(std::string_view request_method) {
  HttpResponse response;
  std::string line;
  if (!ReadLine(&line) || line.compare(0, 9, "HTTP/1.1 ") != 0) return response;
  response.status = std::atoi(line.c_str() + 9);
  if (!ReadFields(&response.headers)) return response;
  if (response.status == 100) return ReadResponse(request_method);
  if (request_method == "HEAD" || response.status == 204 || response.status == 304) {
    response.complete = true;
  } else if (Find(response.headers, "transfer-encoding") == "chunked") {
    response.complete = ReadChunks(&response);
  } else if (auto length = Find(response.headers, "content-length")) {
    response.complete = ReadExactly(std::strtoull(length->c_str(), nullptr, 10), &response.body);
  } else {
    while (More()) {
    }
    response.body.swap(buffer_);
    response.complete = true;
  }
  return response;
}

HttpResponse Http1Client::Exchange(const HttpRequest& request) {
  Send(request);
  return ReadResponse(request.method);
}

std::string Http1Client::ReadBytes(size_t size) {
  while (buffer_.size() < size && More()) {
  }
  std::string bytes;
  bytes.swap(buffer_);
  return bytes;
}

bool Http1Client::AtEnd() {
  return buffer_.empty() && !More();
}

bool Http1Client::More() {
  const std::string bytes = tcp_->Receive();
  buffer_ += bytes;
  return !bytes.empty();
}

bool Http1Client::ReadLine(std::string* line) {
  size_t end = buffer_.find("\r\n");
  while (end == std::string::npos) {
    if (!More()) return false;
    end = buffer_.find("\r\n");
  }
  *line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return true;
}

bool Http1Client::ReadFields(Fields* fields) {
  std::string line;
  while (ReadLine(&line)) {
    if (line.empty()) return true;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) return false;
    std::string name = line.substr(0, colon);
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const size_t value = line.find_first_not_of(' ', colon + 1);
    fields->emplace_back(std::move(name), value == std::string::npos ? "" : line.substr(value));
  }
  return false;
}

bool Http1Client::ReadExactly(size_t size, std::string* out) {
  while (buffer_.size() < size) {
    if (!More()) return false;
  }
  out->append(buffer_, 0, size);
  buffer_.erase(0, size);
  return true;
}

bool Http1Client::ReadChunks(HttpResponse* response) {
  std::string line;
  while (ReadLine(&line)) {
    const size_t size = std::strtoull(line.c_str(), nullptr, 16);
    if (size == 0) return ReadFields(&response->trailers);
    if (!ReadExactly(size, &response->body) || !ReadLine(&line) || !line.empty()) return false;
  }
  return false;
}

}  // namespace connectrpc::test
