// Deliberately wrong: input for the test of layers.cmake.
#include "wire/envelope.h"
