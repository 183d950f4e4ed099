// Boost.Asio, compiled once. Nothing else stands in this file: a program that compiles Asio itself, in the same way,
// then has its own copy linked and leaves this archive member aside.
#include <boost/asio/impl/src.hpp>
