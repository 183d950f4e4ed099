#include "interop/direct_context.h"

#include <grpc/grpc.h>
#include <grpc/slice.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectrpc/server.h"
#include "interop/call_info_metadata.h"
#include "interop/direct_peer.h"
#include "interop/grpc_metadata.h"
#include "interop/server_internals.h"
#include "wire/metadata.h"
#include "wire/text.h"

namespace connectrpc::interop {
namespace {

// gpr_inf_future of the clock that gRPC core's deadlines are of; a new context has another one's.
constexpr gpr_timespec kNoDeadline = {std::numeric_limits<int64_t>::max(), 0, GPR_CLOCK_MONOTONIC};

grpc_slice Static(std::string_view bytes) {
  return grpc_slice_from_static_buffer(bytes.data(), bytes.size());
}

// Names beside wire::IsReservedResponseName that gRPC core takes from what a handler has set.
bool IsTakenByCore(std::string_view name) {
  return name == "lb-cost-bin" || name == "endpoint-load-metrics-bin" || name == "grpclb_client_stats";
}

using Metadata = std::multimap<std::string, std::string>;

// Adds the handler's metadata as they may be sent.
Error AddSanitised(const Metadata& metadata, HeaderList* out) {
  std::string name;
  for (const auto& [key, value] : metadata) {
    name = key;
    wire::LowerCase(&name);
    const bool ours = name == kCompressionKey;
    if (!ours && (wire::IsReservedResponseName(name) || IsTakenByCore(name))) continue;
    if (!wire::IsValidMetadataName(name) || (!wire::IsBinaryName(name) && !wire::IsValidMetadataValue(value))) {
      return Error(Code::kInternal, "handler set invalid metadata \"" + wire::Quoted(key) + "\"");
    }
    out->Add(name, value);
  }
  return Error();
}

// Most calls have none.
Error Sanitise(const Metadata& metadata, HeaderList* out) {
  out->Clear();
  return metadata.empty() ? Error() : AddSanitised(metadata, out);
}

}  // namespace

template <class Context>
struct DirectContext<Context>::State {
  // In place of one from a call before, of which nothing but name and value differs.
  void Add(std::string_view name, std::string_view value) {
    if (fields_used == fields.size()) fields.emplace_back();
    grpc_metadata& field = fields[fields_used++];
    field.key = Static(name);
    field.value = Static(value);
  }

  std::optional<Context> context;  // that of the last call, too, where ResetContext could make it new
  bool is_new = false;
  bool in_use = false;
  ParentCall* parent = nullptr;
  std::vector<grpc_metadata> fields;  // the context's array: slices of what belongs to the responder and the peer
  size_t fields_used = 0;
};

template <class Context>
DirectContext<Context>::DirectContext() : state_(std::make_unique<State>()) {}

template <class Context>
DirectContext<Context>::~DirectContext() {
  End();
}

template <class Context>
Context* DirectContext<Context>::Begin(server::Responder* responder, ParentCalls* parents,
                                       grpc::RpcAllocatorState* allocator_state) {
  State& state = *state_;
  state.is_new = !state.context.has_value();
  state.in_use = true;
  Context* const context = state.is_new ? &state.context.emplace() : &*state.context;
  std::shared_ptr<const DirectPeer> owned_peer = DirectPeer::Of(responder);
  const DirectPeer& peer = *owned_peer;
  SetAuthContext(std::move(owned_peer), context);
  const wire::TimePoint deadline = responder->deadline();
  if (parents != nullptr) state.parent = parents->Begin(deadline);
  SetCall(state.parent != nullptr ? state.parent->call() : peer.lame_call(), context);
  SetDeadline(deadline != wire::kNever ? ToTimespec(deadline) : kNoDeadline, context);
  if (allocator_state != nullptr) SetAllocatorState(allocator_state, context);

  for (const HeaderField field : responder->request_meta().metadata) state.Add(field.name, field.value);
  if (responder->options().call_info) {
    const auto add = [&state](std::string_view name, std::string_view value) { state.Add(name, value); };
    ForEachCallField(kCallInfoNames, responder->head(), add);
    for (const auto& [name, value] : peer.certificate_fields()) state.Add(name, value);
  }
  grpc_metadata_array* const array = RequestMetadataOf(context);
  array->metadata = state.fields.data();
  array->count = array->capacity = state.fields_used;
  return context;
}

template <class Context>
Context* DirectContext<Context>::get() {
  return &*state_->context;
}

template <class Context>
bool DirectContext<Context>::is_new() const {
  return state_->is_new;
}

template <class Context>
void DirectContext<Context>::MarkCancelled() {
  SetCancelled(get());
  if (state_->parent != nullptr) state_->parent->Cancel();
}

template <class Context>
Error DirectContext<Context>::TakeInitialMetadata(HeaderList* metadata) {
  Error error = Sanitise(InitialMetadataOf(*get()), metadata);
  if (error.ok() && wants_no_compression()) metadata->Add(kCompressionKey, kIdentity);
  return error;
}

template <class Context>
Error DirectContext<Context>::TakeTrailingMetadata(HeaderList* metadata) {
  return Sanitise(TrailingMetadataOf(*get()), metadata);
}

template <class Context>
bool DirectContext<Context>::wants_no_compression() const {
  const Context& context = *state_->context;
  if (context.compression_level_set()) return context.compression_level() == GRPC_COMPRESS_LEVEL_NONE;
  return CompressionAlgorithmIsSet(context) && context.compression_algorithm() == GRPC_COMPRESS_NONE;
}

template <class Context>
void DirectContext<Context>::End() {
  State& state = *state_;
  if (!std::exchange(state.in_use, false)) return;
  // Neither is the context's, whose destructor would free them.
  *RequestMetadataOf(&*state.context) = {0, 0, nullptr};
  SetCall(nullptr, &*state.context);
  if (!ResetContext(&*state.context)) state.context.reset();
  if (state.parent != nullptr) std::exchange(state.parent, nullptr)->End();
  state.fields_used = 0;
}

template class DirectContext<grpc::ServerContext>;
template class DirectContext<grpc::CallbackServerContext>;

}  // namespace connectrpc::interop
