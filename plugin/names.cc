#include "plugin/names.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "plugin/comments.h"
#include "plugin/reserved_words.h"

namespace connectrpc::plugin {
namespace {

template <size_t n>
bool Holds(const absl::string_view (&sorted)[n], absl::string_view word) {
  return std::binary_search(std::begin(sorted), std::end(sorted), word);
}

// Of compilers, which define macros that look like this.
bool IsReservedByForm(absl::string_view identifier) {
  return identifier.size() >= 2 && identifier[0] == '_' &&
         (identifier[1] == '_' || absl::ascii_isupper(static_cast<unsigned char>(identifier[1])));
}

}  // namespace

bool IsReserved(absl::string_view identifier) {
  return IsReservedByForm(identifier) || Holds(kKeywords, identifier) || Holds(kMacros, identifier);
}

std::string StripProto(absl::string_view proto_file) {
  if (!absl::ConsumeSuffix(&proto_file, ".proto")) absl::ConsumeSuffix(&proto_file, ".protodevel");
  return std::string(proto_file);
}

std::string ViewStem(absl::string_view proto_file) {
  // Those whose code is part of libprotobuf.
  constexpr absl::string_view kProtobufs[] = {"any",       "api",        "descriptor",     "duration",
                                              "empty",     "field_mask", "source_context", "struct",
                                              "timestamp", "type",       "wrappers"};
  const std::string stem = StripProto(proto_file);
  absl::string_view name = stem;
  const bool shipped = absl::ConsumePrefix(&name, "google/protobuf/") && Holds(kProtobufs, name);
  return shipped ? absl::StrCat("connectrpc/views/", stem) : stem;
}

absl::Status CheckFileName(absl::string_view proto_file) {
  const std::string comment = absl::StrCat("// ", proto_file);
  const bool harmless = CommentLines(proto_file) == std::vector<std::string>{comment};
  if (harmless && !absl::StrContains(proto_file, "\"") && !absl::StrContains(proto_file, "\\")) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the file name \"", absl::CHexEscape(proto_file),
                                                 "\" has characters that cannot stand in an #include"));
}

absl::Status CheckPackage(absl::string_view package) {
  constexpr absl::string_view kOurs[] = {"connectrpc", "connectrpc.client", "connectrpc.interop", "connectrpc.views",
                                         "connectrpc.views.internal"};
  if (std::find(std::begin(kOurs), std::end(kOurs), package) == std::end(kOurs)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("package ", package,
                                                 " is the namespace of connect-cpp itself, whose names its messages "
                                                 "could meet; use another, such as ",
                                                 package, ".v1"));
}

std::string HeaderGuard(absl::string_view header) {
  std::string guard = "CONNECTRPC_GENERATED_";
  for (const char c : header) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      guard.push_back(c);
    } else {
      absl::StrAppendFormat(&guard, "_%02x", static_cast<unsigned char>(c));
    }
  }
  return guard;
}

std::string TakeName(std::string name, std::set<std::string>* taken) {
  while (!taken->insert(name).second) name.push_back('_');
  return name;
}

std::string MethodTag(absl::string_view full_name) {
  std::string tag;
  for (const char c : full_name) {
    if (c == '.') {
      tag.push_back('_');
    } else if (c == '_') {
      tag.append("_5f");  // which no dot followed by a name becomes: names do not begin with digits
    } else {
      tag.push_back(c);
    }
  }
  if (IsReserved(tag)) tag.push_back('_');  // INT.MAX; nothing else ends like this
  return tag;
}

absl::StatusOr<std::vector<MethodNames>> NameMethods(const MethodNamesRequest& request) {
  const auto avoid_reserved = [&](std::string name) {
    if (IsReserved(name)) name += '_';  // which is enough: no word has another that ends like this
    while (std::find(request.reserved.begin(), request.reserved.end(), name) != request.reserved.end()) name += '_';
    return name;
  };
  std::map<std::string, std::string> users;  // of each name in C++, as messages call them
  const auto use = [&](const std::string& name, std::string user) {
    const auto [it, is_new] = users.emplace(name, user);
    if (is_new) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("service ", request.service, ": ", it->second, " and ", user,
                                                   " would both be called ", name, " in C++; rename one of them"));
  };

  std::vector<MethodNames> names;
  for (const std::string& method : request.methods) {
    if (request.mocks && absl::StartsWith(method, "gmock")) {
      return absl::InvalidArgumentError(absl::StrCat("service ", request.service, ": the rpc ", method,
                                                     " cannot be mocked, since gmock uses names that begin like this; "
                                                     "rename it, or generate without the option mocks"));
    }
    MethodNames& name = names.emplace_back();
    name.name = avoid_reserved(method);
    if (absl::Status used = use(name.name, absl::StrCat("the rpc ", method)); !used.ok()) return used;
  }
  // After all methods: it is the coroutine form that is added to what the .proto has.
  for (size_t i = 0; request.coroutines && i < names.size(); ++i) {
    if (!request.unary[i]) continue;
    names[i].coroutine = avoid_reserved("Co" + request.methods[i]);
    const std::string user = absl::StrCat("the coroutine form of the rpc ", request.methods[i]);
    if (absl::Status used = use(names[i].coroutine, user); !used.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(used.message(), ", or generate without the option coroutines"));
    }
  }
  return names;
}

}  // namespace connectrpc::plugin
