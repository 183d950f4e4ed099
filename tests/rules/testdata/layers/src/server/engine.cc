// Deliberately wrong: input for the test of layers.cmake.
#include <nghttp2/nghttp2.h>
