// What it costs to decode, read and encode the messages of datasets.proto: protobuf's classes, on the heap and on an
// arena, beside views.
//
// Reads lines `DATASET OPERATION SUBJECT PASSES` and answers each with a line
// `NANOSECONDS CHECKSUM ALLOCATIONS`: the processor time of so many passes over all messages of a dataset, what one
// pass adds up to, and how often the last pass has asked for memory. An unknown word or a failure is answered by
// `error: ...`.
//
// usage: views_bench FOLDER
//   FOLDER  where `datasets` has written to

#include <google/protobuf/arena.h>
#include <google/protobuf/util/json_util.h>
#include <time.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/views/datasets.pb.h"
#include "bench/views/datasets.view.pb.h"
#include "bench/views/sums.h"
#include "codec/codec.h"
#include "tests/support/malloc_count.h"

namespace connectrpc::bench {
namespace {

// Makes the compiler believe that what lies at `object` is looked at.
void Use(const void* object) {
  asm volatile("" : : "r"(object) : "memory");
}

uint64_t ProcessorTime() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

using Payloads = std::vector<std::string_view>;

// The pieces of a file in which each stands behind its length. Empty if it is no such file.
Payloads Split(std::string_view bytes) {
  Payloads payloads;
  while (!bytes.empty()) {
    size_t length = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (bytes.empty() || shift > 28) return {};
      const auto byte = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      length |= static_cast<size_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    if (length > bytes.size()) return {};
    payloads.push_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return payloads;
}

// One way to hold messages. A pass goes over all messages once and returns what they add up to; 0 says that it failed.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual uint64_t Decode() = 0;
  virtual uint64_t Read() = 0;
  virtual uint64_t Encode() = 0;
  virtual uint64_t Json() = 0;
};

// What is encoded is decoded once, before.
template <class Message, uint64_t (*kSum)(const Message&)>
class OnHeap final : public Subject {
 public:
  explicit OnHeap(const Payloads& payloads) : payloads_(payloads), decoded_(payloads.size()) {
    for (size_t i = 0; i < payloads.size(); ++i) Parse(payloads[i], &decoded_[i]);
  }

  uint64_t Decode() override {
    return Each([](const Message&) { return uint64_t{1}; });
  }
  uint64_t Read() override { return Each(kSum); }
  uint64_t Encode() override {
    uint64_t sum = 0;
    for (const Message& message : decoded_) {
      if (!message.SerializeToString(&out_)) return 0;
      sum += out_.size();
    }
    return sum;
  }
  uint64_t Json() override {
    uint64_t sum = 0;
    for (const Message& message : decoded_) {
      out_.clear();
      if (!google::protobuf::util::MessageToJsonString(message, &out_).ok()) return 0;
      sum += out_.size();
    }
    return sum;
  }

 private:
  static bool Parse(std::string_view bytes, Message* message) {
    return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }
  template <class Visit>
  uint64_t Each(Visit visit) {
    uint64_t sum = 0;
    for (const std::string_view payload : payloads_) {
      Message message;
      if (!Parse(payload, &message)) return 0;
      Use(&message);
      sum += visit(message);
    }
    return sum;
  }

  const Payloads& payloads_;
  std::vector<Message> decoded_;
  std::string out_;
};

// On an arena that is reset after each message, and whose first block is large enough for any of them.
template <class Message, uint64_t (*kSum)(const Message&)>
class OnArena final : public Subject {
 public:
  explicit OnArena(const Payloads& payloads) : payloads_(payloads), block_(kBlock, '\0'), arena_(Options()) {}

  uint64_t Decode() override {
    return Each([](const Message&) { return uint64_t{1}; });
  }
  uint64_t Read() override { return Each(kSum); }
  uint64_t Encode() override { return 0; }  // as on the heap
  uint64_t Json() override { return 0; }

 private:
  static constexpr size_t kBlock = size_t{1} << 20;

  google::protobuf::ArenaOptions Options() {
    google::protobuf::ArenaOptions options;
    options.initial_block = block_.data();
    options.initial_block_size = block_.size();
    return options;
  }
  template <class Visit>
  uint64_t Each(Visit visit) {
    uint64_t sum = 0;
    for (const std::string_view payload : payloads_) {
      auto* const message = google::protobuf::Arena::CreateMessage<Message>(&arena_);
      if (!message->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return 0;
      Use(message);
      sum += visit(*message);
      arena_.Reset();
    }
    return sum;
  }

  const Payloads& payloads_;
  std::string block_;
  google::protobuf::Arena arena_;
};

template <class View, uint64_t (*kSum)(const View&)>
class AsView final : public Subject {
 public:
  explicit AsView(const Payloads& payloads) : payloads_(payloads), codec_(codec::NewJsonCodec(codec::JsonOptions())) {
    for (const std::string_view payload : payloads) decoded_.push_back(View::Parse(payload, &keeping_));
  }

  uint64_t Decode() override {
    return Each([](const View&) { return uint64_t{1}; });
  }
  uint64_t Read() override { return Each(kSum); }
  uint64_t Encode() override {
    uint64_t sum = 0;
    for (const View* view : decoded_) {
      out_ = views::Serialize(*view);
      sum += out_.size();
    }
    return sum;
  }
  uint64_t Json() override {
    uint64_t sum = 0;
    std::string error;
    for (const std::string_view payload : payloads_) {
      out_.clear();
      if (!codec_->FromBinary(*View::Message::descriptor(), payload, &out_, &error)) return 0;
      sum += out_.size();
    }
    return sum;
  }

 private:
  template <class Visit>
  uint64_t Each(Visit visit) {
    uint64_t sum = 0;
    for (const std::string_view payload : payloads_) {
      arena_.Reset();
      const View* const view = View::Parse(payload, &arena_);
      if (view == nullptr) return 0;
      Use(view);
      sum += visit(*view);
    }
    return sum;
  }

  const Payloads& payloads_;
  const std::unique_ptr<const codec::Codec> codec_;
  views::Arena keeping_, arena_;
  std::vector<const View*> decoded_;
  std::string out_;
};

class Dataset final {
 public:
  template <class Message, class View, uint64_t (*kSum)(const Message&), uint64_t (*kSumView)(const View&)>
  static std::unique_ptr<Dataset> Make(std::string bytes) {
    auto dataset = std::make_unique<Dataset>();
    dataset->bytes_ = std::move(bytes);
    dataset->payloads_ = Split(dataset->bytes_);
    dataset->subjects_["heap"] = std::make_unique<OnHeap<Message, kSum>>(dataset->payloads_);
    dataset->subjects_["arena"] = std::make_unique<OnArena<Message, kSum>>(dataset->payloads_);
    dataset->subjects_["view"] = std::make_unique<AsView<View, kSumView>>(dataset->payloads_);
    return dataset;
  }

  // Null if there is none of this name.
  Subject* Get(const std::string& name) {
    const auto found = subjects_.find(name);
    return found == subjects_.end() ? nullptr : found->second.get();
  }

 private:
  std::string bytes_;
  Payloads payloads_;
  std::map<std::string, std::unique_ptr<Subject>> subjects_;
};

std::unique_ptr<Dataset> Open(const std::string& folder, const std::string& name) {
  std::ifstream file(folder + "/" + name + ".bin", std::ios::binary);
  if (!file) return nullptr;
  std::string bytes(std::istreambuf_iterator<char>(file), {});
#define CONNECTRPC_DATASET(dataset, Type)                                                               \
  if (name == dataset) {                                                                                \
    return Dataset::Make<datasets::Type, datasets::Type##View, Sum##Type, Sum##Type>(std::move(bytes)); \
  }
  CONNECTRPC_DATASET("api_response", ApiResponse)
  CONNECTRPC_DATASET("log_record", LogRecord)
  CONNECTRPC_DATASET("analytics_event", AnalyticsEvent)
  CONNECTRPC_DATASET("media_frame", MediaFrame)
  CONNECTRPC_DATASET("google_message1", GoogleMessage1)
  CONNECTRPC_DATASET("packed_tile", PackedTile)
  CONNECTRPC_DATASET("packed_signed", PackedSigned)
  CONNECTRPC_DATASET("mesh", TriMesh)
  CONNECTRPC_DATASET("column_batch", ColumnBatch)
#undef CONNECTRPC_DATASET
  return nullptr;
}

using Operation = uint64_t (Subject::*)();

Operation OperationOf(const std::string& name) {
  if (name == "decode") return &Subject::Decode;
  if (name == "read") return &Subject::Read;
  if (name == "encode") return &Subject::Encode;
  if (name == "json") return &Subject::Json;
  return nullptr;
}

int Serve(const std::string& folder) {
  std::map<std::string, std::unique_ptr<Dataset>> datasets;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string name, operation_name, subject_name;
    uint64_t passes = 0;
    words >> name >> operation_name >> subject_name >> passes;
    std::unique_ptr<Dataset>& dataset = datasets[name];
    if (dataset == nullptr) dataset = Open(folder, name);
    Subject* const subject = dataset != nullptr ? dataset->Get(subject_name) : nullptr;
    const Operation operation = OperationOf(operation_name);
    if (subject == nullptr || operation == nullptr || passes == 0) {
      std::cout << "error: " << line << std::endl;
      continue;
    }
    uint64_t checksum = 0, allocations = 0;
    const uint64_t start = ProcessorTime();
    for (uint64_t pass = 0; pass < passes; ++pass) {
      const uint64_t before = test::MallocCount();
      checksum = (subject->*operation)();
      allocations = test::MallocCount() - before;
    }
    const uint64_t time = ProcessorTime() - start;
    if (checksum == 0) {
      std::cout << "error: failed: " << line << std::endl;
    } else {
      std::cout << time << ' ' << checksum << ' ' << allocations << std::endl;
    }
  }
  return 0;
}

}  // namespace
}  // namespace connectrpc::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: views_bench FOLDER\n";
    return 2;
  }
  return connectrpc::bench::Serve(argv[1]);
}
