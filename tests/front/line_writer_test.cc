#include "interop/front/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <sstream>
#include <string>
#include <thread>

namespace connectrpc::front {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0); }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) close(end);
    }
  }
  void Close(int end) {
    close(ends[end]);
    ends[end] = -1;
  }
  // To the end.
  std::string Read() {
    std::string text;
    char block[65536];
    for (ssize_t size; (size = read(ends[0], block, sizeof(block))) > 0;) text.append(block, static_cast<size_t>(size));
    return text;
  }
  int ends[2];
};

TEST(LineWriterTest, WritesLinesInOrder) {
  Pipe pipe;
  {
    LineWriter writer(pipe.ends[1]);
    writer.Write("one");
    writer.Write("two");
  }
  pipe.Close(1);
  EXPECT_EQ(pipe.Read(), "one\ntwo\n");
}

TEST(LineWriterTest, DropsAndCountsWhatNobodyReads) {
  Pipe pipe;
  const std::string line(1023, 'x');
  constexpr int kLines = 4096;  // more than pipe, writer and pending lines hold together
  auto writer = std::make_unique<LineWriter>(pipe.ends[1]);
  for (int i = 0; i < kLines; ++i) writer->Write(line);  // does not wait
  std::string text;
  std::thread reader([&] { text = pipe.Read(); });
  writer.reset();
  pipe.Close(1);
  reader.join();

  // There may be several notes: the writer may have got on between the lines.
  size_t whole = 0;
  size_t dropped = 0;
  std::istringstream lines(text);
  for (std::string read; std::getline(lines, read);) {
    const std::string note = "{\"dropped\":";
    if (read.compare(0, note.size(), note) == 0) {
      dropped += std::stoul(read.substr(note.size()));
    } else {
      EXPECT_EQ(read, line);
      ++whole;
    }
  }
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(whole + dropped, size_t{kLines});
  EXPECT_GE(whole * 1024, LineWriter::kMaxPendingBytes);
}

TEST(LineWriterTest, GoesOnWhenTheReaderIsGone) {
  signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.Close(0);
  LineWriter writer(pipe.ends[1]);
  for (int i = 0; i < 100; ++i) writer.Write("nobody reads this");
}

}  // namespace
}  // namespace connectrpc::front
