// Writes the request bodies that h2load sends, each as a bare message (.bin), as a message in its envelope (.envelope,
// for gRPC, gRPC-Web and streams), and both as JSON (.json, .json_envelope).
//
// usage: bench_bodies FOLDER
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/servers/payloads.h"
#include "fortune/v1/fortune.pb.h"

namespace {

std::string Envelope(const std::string& message) {
  std::string envelope(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) envelope += static_cast<char>(message.size() >> shift & 0xff);
  return envelope + message;
}

class Bodies {
 public:
  explicit Bodies(std::string folder) : folder_(std::move(folder)) {}

  // `repeat` envelopes of the same message, where there are envelopes.
  void Add(const std::string& name, const google::protobuf::Message& message, int repeat = 1) {
    const std::string proto = message.SerializeAsString();
    std::string json;
    ok_ = google::protobuf::util::MessageToJsonString(message, &json).ok() && ok_;
    std::string envelopes, json_envelopes;
    for (int i = 0; i < repeat; ++i) {
      envelopes += Envelope(proto);
      json_envelopes += Envelope(json);
    }
    Write(name + ".bin", proto);
    Write(name + ".json", json);
    Write(name + ".envelope", envelopes);
    Write(name + ".json_envelope", json_envelopes);
  }

  bool ok() const { return ok_; }

 private:
  void Write(const std::string& name, const std::string& content) {
    std::ofstream file(folder_ + "/" + name, std::ios::binary);
    file << content;
    file.close();
    if (!file.good()) {
      std::cerr << "cannot write " << folder_ << "/" << name << std::endl;
      ok_ = false;
    }
  }

  const std::string folder_;
  bool ok_ = true;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bench_bodies FOLDER" << std::endl;
    return 2;
  }
  if (!connectrpc::bench::PayloadsAreRight()) return 1;
  Bodies bodies(argv[1]);
  for (const size_t size : {64, 1024, 16 * 1024, 256 * 1024, 4 * 1024 * 1024}) {
    bodies.Add(absl::StrCat("echo", size), connectrpc::bench::Echo(size));
  }
  bodies.Add("small", connectrpc::bench::Small());
  bodies.Add("small10", connectrpc::bench::Small(10));
  bodies.Add("small1000", connectrpc::bench::Small(1000));
  bodies.Add("large", connectrpc::bench::Large());
  bodies.Add("text", connectrpc::bench::LargeText());
  bodies.Add("logs50", connectrpc::bench::Logs(50));
  bodies.Add("client10", connectrpc::bench::Small(), 10);
  bodies.Add("client1000", connectrpc::bench::Small(), 1000);
  bodies.Add("fortunes", fortune::v1::GetFortunesRequest());
  return bodies.ok() ? 0 : 1;
}
