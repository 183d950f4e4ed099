// Right.
#include <grpcpp/server.h>

#include <thread>

#include "server/connection.h"
