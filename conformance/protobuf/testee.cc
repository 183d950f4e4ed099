// What protobuf's conformance suite drives: reads each message that it is given by a view, and answers in one way.
//
//   protobuf_testee reencode|message|to-json|to-text|from-json|json-to-json
//     reencode      binary to binary: the view, written anew
//     message       binary to binary: what ToMessage makes of the view, written by protobuf
//     to-json       binary to JSON: the view as JSON
//     to-text       binary to text: DebugString, which prints unknown fields, where the suite wants these
//     from-json     JSON to binary: the view of what the library's JSON decoder makes of the text, written anew
//     json-to-json  JSON to JSON: that view as JSON
//
// All other cases are skipped, which the suite counts.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "codec/codec.h"
#include "conformance/conformance.pb.h"
#include "connectrpc/view_json.h"
#include "connectrpc/views/debug_string.h"
#include "connectrpc/views/view.h"
#include "google/protobuf/test_messages_proto2.view.pb.h"
#include "google/protobuf/test_messages_proto3.view.pb.h"

namespace connectrpc::conformance {
namespace {

using ::conformance::ConformanceRequest;
using ::conformance::ConformanceResponse;

class Testee {
 public:
  explicit Testee(std::string_view way) : way_(way), json_(codec::NewJsonCodec({})) {}

  void Answer(const ConformanceRequest& request, ConformanceResponse* response) {
    const std::string& type = request.message_type();
    if (!Takes(request)) {
      response->set_skipped("not in this run");
    } else if (type == "protobuf_test_messages.proto3.TestAllTypesProto3") {
      AnswerBy<protobuf_test_messages::proto3::TestAllTypesProto3View>(request, response);
    } else if (type == "protobuf_test_messages.proto2.TestAllTypesProto2") {
      AnswerBy<protobuf_test_messages::proto2::TestAllTypesProto2View>(request, response);
    } else if (type == "protobuf_test_messages.proto2.TestAllRequiredTypesProto2") {
      AnswerBy<protobuf_test_messages::proto2::TestAllRequiredTypesProto2View>(request, response);
    } else {
      response->set_skipped("a type of editions");
    }
  }

 private:
  bool Takes(const ConformanceRequest& request) const {
    const bool binary = request.has_protobuf_payload();
    if (!binary && !request.has_json_payload()) return false;
    switch (request.requested_output_format()) {
      case ::conformance::PROTOBUF:
        return binary ? way_ == "reencode" || way_ == "message" : way_ == "from-json";
      case ::conformance::JSON:
        return way_ == (binary ? "to-json" : "json-to-json");
      case ::conformance::TEXT_FORMAT:
        return binary && way_ == "to-text" && request.print_unknown_fields();
      default:
        return false;
    }
  }

  template <class View>
  void AnswerBy(const ConformanceRequest& request, ConformanceResponse* response) {
    std::string binary = request.protobuf_payload();
    std::string error;
    if (request.has_json_payload() &&
        !json_->ToBinary(*View::Message::descriptor(), request.json_payload(), &binary, &error)) {
      response->set_parse_error(error);
      return;
    }
    arena_.Reset();
    views::ParseError parse_error;
    const View* const view = View::Parse(binary, &arena_, {}, &parse_error);
    if (view == nullptr) {
      response->set_parse_error(parse_error.ToString());
    } else if (request.requested_output_format() == ::conformance::JSON) {
      std::string json;
      const Error result = view_json_.Write(*view, &json);
      if (result.ok()) {
        response->set_json_payload(json);
      } else {
        response->set_serialize_error(result.message);
      }
    } else if (way_ == "to-text") {
      response->set_text_payload(views::DebugString(*view));
    } else if (way_ == "message") {
      typename View::Message message;
      if (views::ToMessage(*view, &message)) {
        response->set_protobuf_payload(message.SerializeAsString());
      } else {
        response->set_runtime_error("ToMessage failed");
      }
    } else {
      response->set_protobuf_payload(views::Serialize(*view));
    }
  }

  const std::string_view way_;
  const std::unique_ptr<codec::Codec> json_;
  const ViewJson view_json_;
  views::Arena arena_;
};

// Each message has its length before it, in four bytes, little-endian. False at the end.
bool ReadRequest(std::istream& in, ConformanceRequest* request) {
  std::array<unsigned char, 4> prefix;
  if (!in.read(reinterpret_cast<char*>(prefix.data()), prefix.size())) return false;
  uint32_t length = 0;
  for (size_t i = prefix.size(); i-- > 0;) length = length << 8 | prefix[i];
  std::string bytes(length, '\0');
  return in.read(bytes.data(), static_cast<std::streamsize>(length)) && request->ParseFromString(bytes);
}

void WriteResponse(const ConformanceResponse& response, std::ostream& out) {
  const std::string bytes = response.SerializeAsString();
  for (int shift = 0; shift < 32; shift += 8) out.put(static_cast<char>(bytes.size() >> shift));
  out << bytes << std::flush;
}

int Main(int argc, char** argv) {
  const std::string_view way = argc == 2 ? argv[1] : "";
  constexpr std::string_view kWays[] = {"reencode", "message", "to-json", "to-text", "from-json", "json-to-json"};
  if (std::find(std::begin(kWays), std::end(kWays), way) == std::end(kWays)) {
    std::cerr << "usage: protobuf_testee reencode|message|to-json|to-text|from-json|json-to-json\n";
    return 2;
  }
  Testee testee(way);
  ConformanceRequest request;
  while (ReadRequest(std::cin, &request)) {
    ConformanceResponse response;
    testee.Answer(request, &response);
    WriteResponse(response, std::cout);
  }
  return 0;
}

}  // namespace
}  // namespace connectrpc::conformance

int main(int argc, char** argv) {
  return connectrpc::conformance::Main(argc, argv);
}
