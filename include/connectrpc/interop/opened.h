#ifndef CONNECTRPC_INTEROP_OPENED_H_
#define CONNECTRPC_INTEROP_OPENED_H_

namespace connectrpc::interop {

// Reaches a private member of a gRPC class, where gRPC offers no other way. Legal, since access is not checked in an
// explicit instantiation ([temp.spec]/6); and a gRPC version without the member does not compile. All of it stands in
// this namespace, not in an unnamed one:
//
//   struct Secret {
//     using Type = int Class::*;  // or the type of a pointer to a member function
//     friend Type Opened(Secret);
//   };
//   template struct Open<Secret, &Class::secret_>;
//   ... object.*Opened(Secret()) ...
template <class Tag, typename Tag::Type kMember>
struct Open {
  friend typename Tag::Type Opened(Tag) { return kMember; }
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_OPENED_H_
