#include "plugin/generator.h"

#include <google/protobuf/io/printer.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "plugin/context.h"
#include "plugin/file.h"
#include "plugin/names.h"
#include "plugin/options.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::compiler::GeneratorContext;
using google::protobuf::io::Printer;

bool Write(const std::string& name, const FileContext& file, void (*print)(const FileContext&, Printer*),
           GeneratorContext* output, std::string* error) {
  std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> stream(output->Open(name));
  Printer printer(stream.get(), '$');
  print(file, &printer);
  if (printer.failed()) *error = absl::StrCat("cannot write ", name);
  return !printer.failed();
}

}  // namespace

bool Generator::Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                         GeneratorContext* output, std::string* error) const {
  const absl::StatusOr<Options> options = ParseOptions(parameter);
  if (!options.ok()) {
    *error = std::string(options.status().message());
    return false;
  }
  const absl::StatusOr<FileContext> context = MakeContext(*file, *options);
  if (!context.ok()) {
    *error = std::string(context.status().message());
    return false;
  }
  const std::string& stem = context->stem;
  const std::string view_stem = ViewStem(file->name());
  return Write(stem + ".connect.pb.h", *context, PrintHeader, output, error) &&
         Write(stem + ".connect.pb.cc", *context, PrintSource, output, error) &&
         (!options->mocks || Write(stem + "_mock.connect.pb.h", *context, PrintMockHeader, output, error)) &&
         (!options->direct || (Write(stem + ".connect.grpc.pb.h", *context, PrintDirectHeader, output, error) &&
                               Write(stem + ".connect.grpc.pb.cc", *context, PrintDirectSource, output, error))) &&
         (!options->views || (Write(view_stem + ".view.pb.h", *context, PrintViewHeader, output, error) &&
                              Write(view_stem + ".view.pb.cc", *context, PrintViewSource, output, error)));
}

}  // namespace connectrpc::plugin
