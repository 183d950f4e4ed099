#include "connectrpc/testing/fake_streams.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/messages.h"

namespace connectrpc::test {
namespace {

const Error kRefused(Code::kPermissionDenied, "refused");

TEST(FakeReaderTest, ReadsItsMessagesAndEnds) {
  FakeEnd end(kRefused);
  end.headers.Add("h", "1");
  end.trailers.Add("t", "2");
  auto reader = FakeReader<Pong>({MakePong("a"), MakePong("b")}, end);
  EXPECT_EQ(reader.headers().Find("h"), "1");
  Pong pong;
  EXPECT_TRUE(reader.Read(&pong));
  EXPECT_EQ(pong.text(), "a");
  EXPECT_TRUE(reader.Read(&pong));
  EXPECT_EQ(pong.text(), "b");
  EXPECT_FALSE(reader.Read(&pong));
  EXPECT_EQ(reader.trailers().Find("t"), "2");
  const Error error = reader.Finish();
  EXPECT_EQ(error.message, "refused");
  EXPECT_EQ(error.metadata.Find("h"), "1");
  EXPECT_EQ(error.metadata.Find("t"), "2");
}

TEST(FakeReaderTest, MayBeEmpty) {
  auto reader = FakeReader<Pong>({});
  Pong pong;
  EXPECT_FALSE(reader.Read(&pong));
  EXPECT_TRUE(reader.Finish().ok());
}

TEST(FakeReaderTest, CallsBackOnTheSameThread) {
  auto reader = FakeReader<Pong>({MakePong("a")});
  Pong pong;
  std::optional<bool> first, second;
  std::optional<Error> end;
  reader.Read(&pong, [&](bool read) {
    first = read;
    reader.Read(&pong, [&](bool more) {
      second = more;
      reader.Finish([&](Error error) { end = std::move(error); });
    });
  });
  EXPECT_EQ(first, true);
  EXPECT_EQ(second, false);
  ASSERT_TRUE(end.has_value());
  EXPECT_TRUE(end->ok());
}

TEST(FakeReaderTest, MayBeDestroyedUnread) {
  (void)FakeReader<Pong>({MakePong("a")});
}

TEST(FakeReaderTest, MayBeDestroyedInItsCallback) {
  auto reader = std::make_unique<ClientReader<Pong>>(FakeReader<Pong>({MakePong("a")}));
  Pong pong;
  reader->Read(&pong, [&](bool) { reader.reset(); });
  EXPECT_EQ(reader, nullptr);
}

TEST(FakeWriterTest, KeepsWhatIsWrittenAndGivesTheResponse) {
  const auto requests = std::make_shared<FakeRequests<Ping>>();
  auto writer = FakeWriter<Ping, Pong>(MakePong("pong"), {}, requests);
  EXPECT_TRUE(writer.Write(MakePing("a")));
  EXPECT_TRUE(writer.Write(MakePing("b")));
  EXPECT_EQ(writer.Finish()->text(), "pong");
  ASSERT_EQ(requests->messages().size(), 2u);
  EXPECT_EQ(requests->messages()[1].text(), "b");
}

TEST(FakeWriterTest, GivesTheError) {
  auto writer = FakeWriter<Ping, Pong>(Pong(), kRefused);
  EXPECT_TRUE(writer.Write(MakePing("a")));
  EXPECT_EQ(writer.Finish().error().message, "refused");
}

TEST(FakeReaderWriterTest, ReadsWhileItIsWritten) {
  const auto requests = std::make_shared<FakeRequests<Ping>>();
  auto stream = FakeReaderWriter<Ping, Pong>({MakePong("a"), MakePong("b")}, kRefused, requests);
  Pong pong;
  EXPECT_TRUE(stream.Write(MakePing("1")));
  EXPECT_TRUE(stream.Read(&pong));
  EXPECT_TRUE(stream.Write(MakePing("2")));
  EXPECT_TRUE(stream.Read(&pong));
  EXPECT_EQ(pong.text(), "b");
  stream.CloseSend();
  EXPECT_FALSE(stream.Read(&pong));
  EXPECT_EQ(stream.Finish().message, "refused");
  EXPECT_EQ(requests->messages().size(), 2u);
}

TEST(FakeReaderWriterTest, EndsWhereAReadWouldWaitForever) {
  auto stream = FakeReaderWriter<Ping, Pong>({MakePong("a")});
  Pong pong;
  EXPECT_TRUE(stream.Read(&pong));
  EXPECT_FALSE(stream.Read(&pong));
  EXPECT_TRUE(stream.Finish().ok());
}

TEST(FakeReaderWriterTest, IsWrittenOnOneThreadAndReadOnAnother) {
  const auto requests = std::make_shared<FakeRequests<Ping>>();
  auto stream = FakeReaderWriter<Ping, Pong>(std::vector<Pong>(100), {}, requests);
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(stream.Write(MakePing("x")));
  });
  Pong pong;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(stream.Read(&pong));
  writer.join();
  EXPECT_TRUE(stream.Finish().ok());
  EXPECT_EQ(requests->messages().size(), 100u);
}

TEST(FakeReaderWriterTest, IsCanceled) {
  auto stream = FakeReaderWriter<Ping, Pong>({});
  stream.Cancel();
  EXPECT_EQ(stream.Finish().code, Code::kCanceled);
}

}  // namespace
}  // namespace connectrpc::test
