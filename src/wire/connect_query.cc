#include "wire/connect_query.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "wire/base64.h"
#include "wire/percent.h"
#include "wire/text.h"

namespace connectrpc::wire {
namespace {

// All parameters without their values.
constexpr size_t kNamesSize = std::string_view("connect=v1&base64=1&compression=&encoding=&message=").size();

// The part of `*rest` before the first `separator`; takes both off `*rest`.
std::string_view TakeUntil(char separator, std::string_view* rest) {
  const size_t end = std::min(rest->find(separator), rest->size());
  const std::string_view part = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return part;
}

struct QueryReader {
  ConnectQuery* query;
  std::optional<std::string> base64;

  // Where the parameter of that name goes; null for one that is none of ours.
  std::optional<std::string>* Slot(std::string_view name) {
    if (name == "connect") return &query->connect;
    if (name == "base64") return &base64;
    if (name == "compression") return &query->compression;
    if (name == "encoding") return &query->encoding;
    if (name == "message") return &query->message;
    return nullptr;
  }
};

std::string Complaint(std::string_view name, std::string_view problem) {
  return std::string("query parameter \"").append(name).append("\" ").append(problem);
}

}  // namespace

bool ParseConnectQuery(std::string_view query, ConnectQuery* out, std::string* error) {
  *out = ConnectQuery();
  QueryReader reader{out, std::nullopt};
  std::string name;
  while (!query.empty()) {
    std::string_view value = TakeUntil('&', &query);
    // A name with a broken escape is none of ours either.
    if (!DecodeQueryComponent(TakeUntil('=', &value), &name)) continue;
    std::optional<std::string>* slot = reader.Slot(name);
    if (slot == nullptr) continue;
    if (slot->has_value()) {
      *error = Complaint(name, "is given twice");
      return false;
    }
    if (!DecodeQueryComponent(value, &slot->emplace())) {
      *error = Complaint(name, "has a broken percent escape");
      return false;
    }
  }
  if (reader.base64 == "1" && out->message) {
    const std::string text = std::move(*out->message);
    if (!DecodeBase64(text, &*out->message)) {
      *error = Complaint("message", "is not base64");
      return false;
    }
  }
  return true;
}

std::string FormatConnectQuery(std::string_view codec, std::string_view compression, std::string_view message) {
  // JSON alone is known to be text.
  const bool base64 = !compression.empty() || codec != "json";
  const std::string text = base64 ? EncodeBase64(message, Base64Alphabet::kUrlSafe) : EncodeQueryComponent(message);
  std::string query;
  query.reserve(kNamesSize + compression.size() + codec.size() + text.size());
  query.append("connect=v1");
  if (base64) query.append("&base64=1");
  if (!compression.empty()) query.append("&compression=").append(EncodeQueryComponent(compression));
  query.append("&encoding=").append(EncodeQueryComponent(codec));
  query.append("&message=").append(text);
  return query;
}

Target SplitTarget(std::string_view target) {
  const size_t slash = StartsWith(target, "/") ? 0 : target.find_first_of("/?");
  if (slash != std::string_view::npos && slash > 0 && target.substr(slash - 1, 3) == "://") {
    target.remove_prefix(std::min(target.find_first_of("/?", slash + 2), target.size()));
    if (target.empty()) return {"/", ""};
    if (target.front() == '?') return {"/", target.substr(1)};
  }
  const size_t end = std::min(target.find('?'), target.size());
  return {target.substr(0, end), target.substr(std::min(end + 1, target.size()))};
}

}  // namespace connectrpc::wire
