// Deliberately wrong: input for the test of layers.cmake.
#include <string>

#include "http/session.h"
