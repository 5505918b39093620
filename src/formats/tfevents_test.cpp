#include "formats/tfevents.h"

#include <gtest/gtest.h>

#include "formats/crc32c.h"
#include "formats/format_test_files.h"

namespace lucie {
namespace {

using testing_formats::fresh_folder;
using testing_formats::golden;
using testing_formats::put_file;

// Bytes of the golden file up to the event of step 200: the version, and step 1.
constexpr std::uint64_t kTwoRecords = (12 + 15 + 4) + (12 + 23 + 4);

// The points of tools/make_formats_golden.py, those of steps from `from` on.
void add_points(TfEventsWriter& writer, std::int64_t from = 0) {
  const double first = 2.5 + static_cast<double>(testing_formats::golden_seed());
  if (from <= 1) writer.add_scalar("train/loss", 1, first, 0);
  if (from <= 200) writer.add_scalar("train/loss", 200, -0.125, 1.5);
  if (from <= 70000) writer.add_scalar("lr", 70000, 1e-3, 3);
}

TEST(Crc32c, gives_the_vectors_of_rfc_3720) {
  std::string ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending += static_cast<char>(i);
    descending += static_cast<char>(31 - i);
  }
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c(ascending), 0x46dd794eU);
  EXPECT_EQ(crc32c(descending), 0x113fdb5cU);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(TfEvents, are_the_bytes_of_tensorboard) {
  TfEventsWriter writer(fresh_folder() / "tensorboard", 17);
  EXPECT_EQ(writer.path().filename(), "events.out.tfevents.17.lucie");
  add_points(writer);
  EXPECT_EQ(read_file(writer.path()), read_file(golden("reference.tfevents")));
}

TEST(TfEvents, are_on_disk_after_each_scalar) {
  TfEventsWriter writer(fresh_folder(), 0);
  const auto before = fs::file_size(writer.path());
  writer.add_scalar("x", 0, 1);
  EXPECT_GT(fs::file_size(writer.path()), before);
}

TEST(TfEvents, a_killed_run_goes_on_with_the_same_bytes) {
  const std::string whole = read_file(golden("reference.tfevents"));
  const fs::path folder = fresh_folder();
  const fs::path file = folder / "events.out.tfevents.0.lucie";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    put_file(file, whole.substr(0, size));
    {
      TfEventsWriter writer(folder, 0, 200);  // resumed from the checkpoint before step 200
      if (size < kTwoRecords) {               // the second record, step 1, was not whole
        ASSERT_LT(fs::file_size(file), kTwoRecords);
        add_points(writer);
      } else {
        ASSERT_EQ(fs::file_size(file), kTwoRecords);
        add_points(writer, 200);
      }
    }
    ASSERT_EQ(read_file(file), whole) << "killed at byte " << size;
  }
}

TEST(TfEvents, damage_cuts_the_file_there) {
  std::string bytes = read_file(golden("reference.tfevents"));
  bytes[80] = static_cast<char>(bytes[80] ^ 1);  // in the third record
  const fs::path folder = fresh_folder();
  put_file(folder / "events.out.tfevents.0.lucie", bytes);
  const TfEventsWriter writer(folder, 0);
  EXPECT_EQ(fs::file_size(writer.path()), kTwoRecords);
}

TEST(TfEvents, a_folder_that_cannot_be_is_an_error) {
  const fs::path folder = fresh_folder();
  put_file(folder / "file", "x");
  EXPECT_EQ(testing_formats::error_of([&] { TfEventsWriter(folder / "file" / "sub", 0); }).code(),
            ErrorCode::kIo);
}

}  // namespace
}  // namespace lucie
