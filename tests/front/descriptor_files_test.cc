#include "interop/front/descriptor_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace connectrpc::front {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

FileDescriptorProto File(const std::string& name, const std::vector<std::string>& imports = {}) {
  FileDescriptorProto file;
  file.set_name(name);
  file.set_package("p");
  file.set_syntax("proto3");
  for (const std::string& import : imports) file.add_dependency(import);
  return file;
}

void AddMessage(FileDescriptorProto* file, const std::string& name, const std::string& field_type = "") {
  DescriptorProto* message = file->add_message_type();
  message->set_name(name);
  if (field_type.empty()) return;
  auto* field = message->add_field();
  field->set_name("f");
  field->set_number(1);
  field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
  field->set_type(google::protobuf::FieldDescriptorProto::TYPE_MESSAGE);
  field->set_type_name(field_type);
}

void AddService(FileDescriptorProto* file, const std::string& name, const std::string& type) {
  auto* service = file->add_service();
  service->set_name(name);
  auto* method = service->add_method();
  method->set_name("M");
  method->set_input_type(type);
  method->set_output_type(type);
}

std::string Set(const std::vector<FileDescriptorProto>& files) {
  FileDescriptorSet set;
  for (const FileDescriptorProto& file : files) *set.add_file() = file;
  return set.SerializeAsString();
}

TEST(DescriptorFilesTest, FilesInAnyOrderMakeAPool) {
  FileDescriptorProto base = File("base.proto"), middle = File("middle.proto", {"base.proto"}),
                      top = File("top.proto", {"middle.proto", "base.proto", "google/protobuf/any.proto"});
  AddMessage(&base, "Base");
  AddMessage(&middle, "Middle", ".p.Base");
  AddMessage(&top, "Top", ".google.protobuf.Any");
  AddService(&top, "S", ".p.Middle");
  DescriptorFiles files;
  ASSERT_TRUE(files.AddSet(Set({top, middle, base})).ok());
  EXPECT_TRUE(files.Missing().empty());
  EXPECT_THAT(files.Services(), ElementsAre("p.S"));
  EXPECT_TRUE(files.DefinesService("p.S"));
  EXPECT_FALSE(files.DefinesService("S"));
  const auto pool = files.BuildPool();
  ASSERT_TRUE(pool.ok()) << pool.status();
  ASSERT_NE((*pool)->FindServiceByName("p.S"), nullptr);
  EXPECT_NE((*pool)->FindMessageTypeByName("google.protobuf.Any"), nullptr);
}

TEST(DescriptorFilesTest, MissingImportsAreNamed) {
  DescriptorFiles files;
  ASSERT_TRUE(files.AddFile(File("a.proto", {"b.proto", "google/protobuf/timestamp.proto"}).SerializeAsString()).ok());
  EXPECT_THAT(files.Missing(), ElementsAre("b.proto"));
  EXPECT_THAT(std::string(files.BuildPool().status().message()), HasSubstr("\"b.proto\""));
  ASSERT_TRUE(files.AddFile(File("b.proto").SerializeAsString()).ok());
  EXPECT_TRUE(files.Missing().empty());
  EXPECT_TRUE(files.BuildPool().ok());
}

TEST(DescriptorFilesTest, SameFileTwiceIsOneAndAnotherIsAConflict) {
  DescriptorFiles files;
  FileDescriptorProto file = File("a.proto");
  ASSERT_TRUE(files.AddFile(file.SerializeAsString()).ok());
  ASSERT_TRUE(files.AddFile(file.SerializeAsString()).ok());
  AddMessage(&file, "New");
  EXPECT_THAT(std::string(files.AddFile(file.SerializeAsString()).message()), HasSubstr("\"a.proto\" comes twice"));
}

TEST(DescriptorFilesTest, WhatProtocWouldRefuseIsRefusedByName) {
  const struct {
    const char* name;
    std::function<std::vector<FileDescriptorProto>()> files;
    const char* says;
  } cases[] = {
      {"symbol in two files",
       [] {
         FileDescriptorProto a = File("a.proto"), b = File("b.proto");
         AddMessage(&a, "M");
         AddMessage(&b, "M");
         return std::vector<FileDescriptorProto>{a, b};
       },
       "\"p.M\""},
      {"two fields of one number",
       [] {
         FileDescriptorProto a = File("a.proto");
         AddMessage(&a, "M", ".p.M");
         *a.mutable_message_type(0)->add_field() = a.message_type(0).field(0);
         a.mutable_message_type(0)->mutable_field(1)->set_name("g");
         return std::vector<FileDescriptorProto>{a};
       },
       "p.M.g"},
      {"unknown type",
       [] {
         FileDescriptorProto a = File("a.proto");
         AddService(&a, "S", ".p.None");
         return std::vector<FileDescriptorProto>{a};
       },
       "p.None"},
      {"type of a file that is not imported",
       [] {
         FileDescriptorProto a = File("a.proto"), b = File("b.proto");
         AddMessage(&a, "M");
         AddService(&b, "S", ".p.M");
         return std::vector<FileDescriptorProto>{a, b};
       },
       "p.M"},
      {"imports itself", [] { return std::vector<FileDescriptorProto>{File("a.proto", {"a.proto"})}; }, "a.proto"},
      {"circle",
       [] {
         return std::vector<FileDescriptorProto>{File("a.proto", {"b.proto"}), File("b.proto", {"a.proto"})};
       },
       "imports itself"},
      {"unknown syntax",
       [] {
         FileDescriptorProto a = File("a.proto");
         a.set_syntax("editions");
         return std::vector<FileDescriptorProto>{a};
       },
       "editions"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    DescriptorFiles files;
    ASSERT_TRUE(files.AddSet(Set(c.files())).ok());
    const auto pool = files.BuildPool();
    EXPECT_FALSE(pool.ok());
    EXPECT_THAT(std::string(pool.status().message()), HasSubstr(c.says));
  }
}

TEST(DescriptorFilesTest, NoSetIsAnError) {
  DescriptorFiles files;
  EXPECT_FALSE(files.AddSet("").ok());
  EXPECT_FALSE(files.AddSet("nonsense").ok());
  EXPECT_FALSE(files.AddFile("nonsense").ok());
}

TEST(DescriptorFilesTest, NamesAreBounded) {
  for (const bool nested : {false, true}) {
    FileDescriptorProto file = File("a.proto");
    AddMessage(&file, "M");
    DescriptorProto* message = file.mutable_message_type(0);
    if (nested) message = message->add_nested_type();
    message->set_name(std::string(DescriptorFiles::kMaxNameBytes, 'M'));
    EXPECT_TRUE(DescriptorFiles().AddFile(file.SerializeAsString()).ok());
    message->set_name(std::string(DescriptorFiles::kMaxNameBytes + 1, 'M'));
    EXPECT_FALSE(DescriptorFiles().AddFile(file.SerializeAsString()).ok());
  }
}

TEST(DescriptorFilesTest, NestingIsBounded) {
  FileDescriptorProto file = File("a.proto");
  DescriptorProto* message = file.add_message_type();
  for (int i = 0; i < 200; ++i) {
    message->set_name("M");
    message = message->add_nested_type();
  }
  message->set_name("M");
  EXPECT_FALSE(DescriptorFiles().AddFile(file.SerializeAsString()).ok());
}

TEST(DescriptorFilesTest, FilesAreBounded) {
  DescriptorFiles files;
  for (size_t i = 0; i < DescriptorFiles::kMaxFiles; ++i) {
    ASSERT_TRUE(files.AddFile(File(std::to_string(i)).SerializeAsString()).ok());
  }
  EXPECT_THAT(std::string(files.AddFile(File("one more").SerializeAsString()).message()), HasSubstr("10000"));
}

TEST(DescriptorFilesTest, BytesAreBounded) {
  FileDescriptorProto file = File("a.proto");
  file.mutable_source_code_info()->add_location()->set_leading_comments("");
  const size_t overhead = 32;  // more than what the lengths around the comment take
  std::string* comment = file.mutable_source_code_info()->mutable_location(0)->mutable_leading_comments();
  comment->assign(DescriptorFiles::kMaxBytes - overhead - file.ByteSizeLong(), 'x');
  comment->append(DescriptorFiles::kMaxBytes - file.ByteSizeLong(), 'x');
  ASSERT_EQ(file.ByteSizeLong(), DescriptorFiles::kMaxBytes);
  DescriptorFiles files;
  EXPECT_TRUE(files.AddFile(file.SerializeAsString()).ok());
  EXPECT_FALSE(files.AddFile(File("b.proto").SerializeAsString()).ok());
  comment->push_back('x');
  EXPECT_FALSE(DescriptorFiles().AddFile(file.SerializeAsString()).ok());
}

TEST(DescriptorFilesTest, LongChainsOfImportsAreBuiltWithoutRecursion) {
  DescriptorFiles files;
  constexpr int kFiles = 5'000;
  for (int i = 0; i < kFiles; ++i) {
    // Names sort so that the file at the top comes first.
    ASSERT_TRUE(files
                    .AddFile(File(std::to_string(100'000 + i),
                                  i + 1 < kFiles ? std::vector<std::string>{std::to_string(100'001 + i)}
                                                 : std::vector<std::string>{})
                                 .SerializeAsString())
                    .ok());
  }
  EXPECT_TRUE(files.BuildPool().ok());
}

}  // namespace
}  // namespace connectrpc::front
