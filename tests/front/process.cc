#include "front/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>

namespace connectrpc::test {

Process::Process(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) posix_spawn_file_actions_adddup2(&actions, ends[1], stream);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) {
    ADD_FAILURE() << "cannot run " << command[0];
    pid_ = -1;
  }
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  pipe_ = ends[0];
  reader_ = std::thread([this] { Read(); });
}

Process::~Process() {
  Signal(SIGKILL);
  Wait();
  reader_.join();
  close(pipe_);
}

std::string Process::WaitForLine(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  std::unique_lock<std::mutex> lock(mutex_);
  for (bool in_time = true;;) {
    while (given_ < lines_.size()) {
      const std::string& line = lines_[given_++];
      if (line.find(text) != std::string::npos) return line;
    }
    if (ended_ || !in_time) break;
    in_time = changed_.wait_until(lock, deadline) == std::cv_status::no_timeout;
  }
  lock.unlock();
  ADD_FAILURE() << "no line with \"" << text << "\" in\n" << Output();
  return "";
}

void Process::Signal(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

int Process::Wait() {
  if (pid_ <= 0) return -1;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::minutes(1), [this] { return ended_; })) {
      ADD_FAILURE() << "the program does not end";
      Signal(SIGKILL);
    }
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Process::Output() {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  return text;
}

void Process::Read() {
  std::string rest;
  char block[4096];
  for (ssize_t size; (size = read(pipe_, block, sizeof(block))) > 0;) {
    rest.append(block, static_cast<size_t>(size));
    std::lock_guard<std::mutex> lock(mutex_);
    for (size_t end; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1)) {
      lines_.push_back(rest.substr(0, end));
    }
    changed_.notify_all();
  }
  std::lock_guard<std::mutex> lock(mutex_);
  if (!rest.empty()) lines_.push_back(rest);
  ended_ = true;
  changed_.notify_all();
}

int PortOf(const std::string& line) {
  return std::atoi(line.substr(line.find_last_not_of("0123456789") + 1).c_str());
}

}  // namespace connectrpc::test
