#include "interop/batch_operations.h"

#include <grpcpp/impl/call_op_set.h>
#include <grpcpp/impl/codegen/interceptor_common.h>

#include <cstddef>
#include <cstring>
#include <memory>

#include "connectrpc/interop/opened.h"

namespace connectrpc::interop {

using grpc::experimental::InterceptorBatchMethods;
using grpc::internal::CallOpGenericRecvMessage;
using grpc::internal::InterceptorBatchMethodsImpl;

// What the type of the message is makes no difference to this class: it holds a pointer.
using CallOpRecvMessage = grpc::internal::CallOpRecvMessage<grpc::ByteBuffer>;

// A batch does not know its operations, but where the one that receives notes its failure.
struct FailureOfBatch {
  using Type = bool* InterceptorBatchMethodsImpl::*;
  friend Type Opened(FailureOfBatch);
};

// In CallOpRecvMessage, which leaves it to the thread that waits for the batch to parse the buffer.
struct MessageOfOperation {
  using Type = grpc::ByteBuffer* CallOpRecvMessage::*;
  friend Type Opened(MessageOfOperation);
};
struct BufferOfOperation {
  using Type = grpc::ByteBuffer CallOpRecvMessage::*;
  friend Type Opened(BufferOfOperation);
};
struct FailureOfOperation {
  using Type = bool CallOpRecvMessage::*;
  friend Type Opened(FailureOfOperation);
};

// In CallOpGenericRecvMessage, by which client streams receive, and unary methods under a ClientUnaryReactor.
struct DeserializerOfGeneric {
  using Type = std::unique_ptr<grpc::internal::DeserializeFunc> CallOpGenericRecvMessage::*;
  friend Type Opened(DeserializerOfGeneric);
};
struct FailureOfGeneric {
  using Type = bool CallOpGenericRecvMessage::*;
  friend Type Opened(FailureOfGeneric);
};

template struct Open<FailureOfBatch, &InterceptorBatchMethodsImpl::hijacked_recv_message_failed_>;
template struct Open<MessageOfOperation, &CallOpRecvMessage::message_>;
template struct Open<BufferOfOperation, &CallOpRecvMessage::recv_buf_>;
template struct Open<FailureOfOperation, &CallOpRecvMessage::hijacked_recv_message_failed_>;
template struct Open<DeserializerOfGeneric, &CallOpGenericRecvMessage::deserialize_>;
template struct Open<FailureOfGeneric, &CallOpGenericRecvMessage::hijacked_recv_message_failed_>;

namespace {

template <class Op, class Member>
ptrdiff_t Offset(Member member) {
  Op op;
  return reinterpret_cast<char*>(&(op.*member)) - reinterpret_cast<char*>(&op);
}

// `member` of an operation whose note of failure is `failure`.
template <class Op, class Member, class Note>
char* Sibling(bool* failure, Member member, Note note) {
  return reinterpret_cast<char*>(failure) - Offset<Op>(note) + Offset<Op>(member);
}

bool* FailureIn(InterceptorBatchMethods* batch) {
  return static_cast<InterceptorBatchMethodsImpl*>(batch)->*Opened(FailureOfBatch());
}

// Nothing says which of the two classes the operation is. But where one of them has the pointer to the message the
// other one has the deserializer, an object on the heap.
bool IsGeneric(InterceptorBatchMethods* batch) {
  void* pointer = nullptr;
  std::memcpy(&pointer,
              Sibling<CallOpRecvMessage>(FailureIn(batch), Opened(MessageOfOperation()), Opened(FailureOfOperation())),
              sizeof(pointer));
  return pointer != batch->GetRecvMessage();
}

}  // namespace

bool KnowsOperations() {
  return Offset<CallOpRecvMessage>(Opened(FailureOfOperation())) -
             Offset<CallOpRecvMessage>(Opened(MessageOfOperation())) ==
         Offset<CallOpGenericRecvMessage>(Opened(FailureOfGeneric())) -
             Offset<CallOpGenericRecvMessage>(Opened(DeserializerOfGeneric()));
}

bool GiveMessage(InterceptorBatchMethods* batch, grpc::ByteBuffer message) {
  bool* failure = FailureIn(batch);
  if (!IsGeneric(batch)) {
    char* buffer = Sibling<CallOpRecvMessage>(failure, Opened(BufferOfOperation()), Opened(FailureOfOperation()));
    reinterpret_cast<grpc::ByteBuffer*>(buffer)->Swap(&message);
    return true;
  }
  // Parsed by gRPC the message would make the batch fail, which gRPC takes for impossible with client streams: it
  // aborts the process.
  char* deserializer =
      Sibling<CallOpGenericRecvMessage>(failure, Opened(DeserializerOfGeneric()), Opened(FailureOfGeneric()));
  grpc::Status status =
      (*reinterpret_cast<std::unique_ptr<grpc::internal::DeserializeFunc>*>(deserializer))->Deserialize(&message);
  message.Release();  // SerializationTraits have taken it over
  return status.ok();
}

bool WasParsed(InterceptorBatchMethods* batch) {
  return batch->GetRecvMessage() != nullptr;
}

}  // namespace connectrpc::interop
