#ifndef CONNECTRPC_TESTS_FUZZ_VIEWS_MUTATOR_H_
#define CONNECTRPC_TESTS_FUZZ_VIEWS_MUTATOR_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/views/wire.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Changes messages record by record, so that most of a message stays one: lengths of what is around a change follow it.
namespace connectrpc::views::testing {

class MessageMutator final {
 public:
  explicit MessageMutator(unsigned seed) : random_(seed) {}

  std::string Mutate(std::string_view message, int depth = 0) {
    std::vector<Record> records = Split(message);
    if (records.empty() || Below(12) == 0) {
      records.insert(records.begin() + static_cast<std::ptrdiff_t>(Below(records.size() + 1)), AnyRecord(message));
      return Join(records);
    }
    Record& record = records[Below(records.size())];
    if (record.wire_type == 2 && depth < 8 && Below(2) == 0) {
      record.value = Mutate(record.value, depth + 1);
      return Join(records);
    }
    switch (Below(9)) {
      case 0:
        record.number = AnyNumber();
        break;
      case 1:
        record.wire_type = static_cast<uint32_t>(Below(8));
        break;
      case 2:
        record.tag_padding = Below(6);
        break;
      case 3:
        record.length_change = static_cast<int64_t>(Below(9)) - 4;
        break;
      case 4:
        record.value = MutateBytes(record.value);
        break;
      case 5:
        records.push_back(Record(record));
        break;
      case 6:
        record = Record();
        break;
      case 7:
        std::swap(record, records[Below(records.size())]);
        break;
      case 8:
        record.value = Join({record});
        record.wire_type = Below(4) == 0 ? 3 : 2;
        break;
    }
    return Join(records);
  }

 private:
  struct Record {
    uint32_t number = 0;  // 0: not there
    uint32_t wire_type = 0;
    std::string value;  // behind tag and length; of groups, what is in them
    size_t tag_padding = 0;
    int64_t length_change = 0;
  };

  uint64_t Below(uint64_t count) { return random_() % count; }

  uint32_t AnyNumber() {
    static constexpr uint32_t kSpecial[] = {1, 2, 3, 4, 19, 55, 85, 100, 1999, 2047, 2048, 0x1FFFFFFF};
    return Below(3) == 0 ? kSpecial[Below(std::size(kSpecial))] : static_cast<uint32_t>(1 + Below(100));
  }

  // What random bytes as a value of random type are: or a copy of a piece of the message.
  Record AnyRecord(std::string_view message) {
    Record record;
    record.number = AnyNumber();
    record.wire_type = static_cast<uint32_t>(Below(6));
    switch (record.wire_type) {
      case 0:
        record.value = Varint(Below(2) == 0 ? Below(300) : random_() >> Below(64));
        break;
      case 1:
        record.value = std::string(8, static_cast<char>(Below(256)));
        break;
      case 5:
        record.value = std::string(4, static_cast<char>(Below(256)));
        break;
      case 2:
      case 3:
        if (!message.empty()) record.value = std::string(message.substr(Below(message.size()), Below(60)));
        break;
      default:
        break;
    }
    return record;
  }

  std::string MutateBytes(std::string bytes) {
    const size_t size = bytes.size();
    bytes.resize(size + 16);
    bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(&bytes[0]), size, bytes.size()));
    return bytes;
  }

  static bool ReadVarint(std::string_view* bytes, uint64_t* value) {
    *value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes->front());
      bytes->remove_prefix(1);
      *value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  // As far as it is well-formed. Tags of groups are records of their own.
  static std::vector<Record> Split(std::string_view bytes) {
    std::vector<Record> records;
    while (!bytes.empty()) {
      Record record;
      uint64_t tag = 0;
      uint64_t length = 0;
      if (!ReadVarint(&bytes, &tag)) break;
      record.number = static_cast<uint32_t>(tag >> 3);
      record.wire_type = tag & 7;
      const std::string_view start = bytes;
      switch (record.wire_type) {
        case 0:
          if (!ReadVarint(&bytes, &length)) return records;
          length = 0;
          break;
        case 1:
          length = 8;
          break;
        case 2:
          if (!ReadVarint(&bytes, &length)) return records;
          break;
        case 5:
          length = 4;
          break;
        case 3:
          record.wire_type = kGroupStart;
          break;
        default:
          break;
      }
      if (length > bytes.size()) break;
      const std::string_view content = record.wire_type == 2 ? bytes : start;
      bytes.remove_prefix(length);
      record.value = std::string(content.substr(0, static_cast<size_t>(bytes.data() - content.data())));
      records.push_back(std::move(record));
    }
    return records;
  }

  static std::string Join(const std::vector<Record>& records) {
    std::string bytes;
    for (const Record& record : records) {
      if (record.number == 0) continue;
      std::string tag = Tag(record.number, record.wire_type & 7);
      for (size_t i = 0; i < record.tag_padding; ++i) {
        tag.back() = static_cast<char>(tag.back() | '\x80');
        tag += '\0';
      }
      bytes += tag;
      if (record.wire_type == 2) {
        const int64_t length = static_cast<int64_t>(record.value.size()) + record.length_change;
        bytes += Varint(static_cast<uint64_t>(std::max<int64_t>(length, 0)));
      }
      bytes += record.value;
      if (record.wire_type == 3) bytes += Tag(record.number, 4);
    }
    return bytes;
  }

  static constexpr uint32_t kGroupStart = 3 + 8;  // a tag without its counterpart

  std::minstd_rand random_;
};

// For LLVMFuzzerCustomMutator, where the first `head` bytes are no part of the message: half of the changes are
// libFuzzer's own.
inline size_t MutateMessage(uint8_t* data, size_t size, size_t max_size, unsigned seed, size_t head) {
  if (size < head || seed % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string message =
      MessageMutator(seed).Mutate(std::string_view(reinterpret_cast<const char*>(data) + head, size - head));
  if (head + message.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  if (!message.empty()) std::memcpy(data + head, message.data(), message.size());
  return head + message.size();
}

}  // namespace connectrpc::views::testing

#endif  // CONNECTRPC_TESTS_FUZZ_VIEWS_MUTATOR_H_
