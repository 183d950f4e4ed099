#ifndef CONNECTRPC_JSON_FORMAT_H_
#define CONNECTRPC_JSON_FORMAT_H_

namespace connectrpc {

// How messages are written as JSON, where protobuf's mapping leaves a choice. What is read may be of either kind.
struct JsonFormat {
  bool print_default_values = false;  // write fields without presence even when they hold their default
  bool preserve_field_names = false;  // "timeout_ms" instead of "timeoutMs"
  bool enums_as_numbers = false;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_JSON_FORMAT_H_
