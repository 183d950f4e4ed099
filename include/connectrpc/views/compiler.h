#ifndef CONNECTRPC_VIEWS_COMPILER_H_
#define CONNECTRPC_VIEWS_COMPILER_H_

// What parsing tells the compiler: functions that errors alone come to, functions that are better not made part of
// others, one that is, and which way a branch mostly goes.
#if defined(__GNUC__)
#define CONNECTRPC_VIEWS_NOINLINE [[gnu::noinline, gnu::cold]]
#define CONNECTRPC_VIEWS_OUT_OF_LINE [[gnu::noinline]]
#define CONNECTRPC_VIEWS_INLINE [[gnu::always_inline]] inline
#define CONNECTRPC_VIEWS_LIKELY(condition) __builtin_expect(static_cast<bool>(condition), 1)
#else
#define CONNECTRPC_VIEWS_NOINLINE
#define CONNECTRPC_VIEWS_OUT_OF_LINE
#define CONNECTRPC_VIEWS_INLINE inline
#define CONNECTRPC_VIEWS_LIKELY(condition) (condition)
#endif

#endif  // CONNECTRPC_VIEWS_COMPILER_H_
