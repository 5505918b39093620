#include <gtest/gtest.h>

#include <cstring>

#include "base/stream.h"
#include "base/test_files.h"
#include "formats/indexed_dataset.h"
#include "trace/training_order.h"

namespace lucie {
namespace {

std::string bytes_of(const std::vector<std::uint32_t>& numbers) {
  std::string bytes(4 * numbers.size(), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

TEST(RowOrder, sample_i_is_row_i_cut_at_the_ends_of_documents) {
  const testing_base::Folder folder;
  IndexedDatasetWriter writer(folder / "document", 100);
  writer.add_document(std::vector<std::int32_t>{5, 6, 0, 7, 8});
  writer.add_document(std::vector<std::int32_t>{0, 1, 2, 3, 0});
  writer.commit();
  const auto order = row_order(folder / "document", 0);
  EXPECT_EQ(order->samples(), 2U);
  EXPECT_EQ(order->sequence_length(), 4U);
  const Json first = order->pieces_of(0), second = order->pieces_of(1);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first.at(0).at("end").as_int(), 3);
  EXPECT_EQ(first.at(1).at("begin").as_int(), 3);
  EXPECT_EQ(first.at(1).at("end").as_int(), 5);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second.at(0).at("end").as_int(), 1);
  EXPECT_EQ(second.at(1).at("document").as_int(), 1);
}

class Chunks : public ::testing::Test {
 protected:
  Chunks() {
    settings_.sequence_length = 4;
    settings_.indices = folder_ / "global_indices.npy";
    // 11 tokens: two chunks and a rest; 8 tokens: two chunks.
    for (const auto& [name, tokens] : {std::pair("a.npy", 11), std::pair("b.npy", 8)}) {
      write_file_atomic(folder_ / name, std::string(4 * static_cast<std::size_t>(tokens), 'x'));
      settings_.files.push_back(folder_ / name);
    }
    TextWriter csv(folder_ / "b.csv.gz");
    csv.write("0,3,doc-1,wiki.jsonl,1\n3,8,doc-2,wiki.jsonl,2\n");
    csv.commit();
    write_file_atomic(settings_.indices, bytes_of({3, 0, 2}));
  }
  testing_base::Folder folder_;
  ChunkSettings settings_;
};

TEST_F(Chunks, an_instance_leads_to_its_file_and_documents) {
  const auto order = chunk_order(settings_);
  ASSERT_EQ(order->samples(), 3U);
  const Json last_of_b = order->pieces_of(0);  // instance 3: tokens 4 to 8 of b
  ASSERT_EQ(last_of_b.size(), 1U);
  EXPECT_EQ(last_of_b.at(0).at("id").as_string(), "doc-2");
  EXPECT_EQ(last_of_b.at(0).at("begin").as_int(), 1);
  EXPECT_EQ(last_of_b.at(0).at("end").as_int(), 5);
  EXPECT_EQ(last_of_b.at(0).at("token").as_int(), 4);
  const Json of_a = order->pieces_of(1);
  EXPECT_EQ(of_a.at(0).at("data").as_string(), (folder_ / "a.npy").string());
  EXPECT_EQ(of_a.at(0).find("id"), nullptr) << "nothing beside says what it is";
  const Json first_of_b = order->pieces_of(2);
  ASSERT_EQ(first_of_b.size(), 2U);
  EXPECT_EQ(first_of_b.at(0).at("source").as_string(), "wiki.jsonl");
  EXPECT_EQ(first_of_b.at(1).at("end").as_int(), 1);
}

TEST_F(Chunks, indices_saved_by_numpy_are_read_too) {
  std::string header("\x93NUMPY\x01\x00", 8);
  std::string fields = "{'descr': '<u4', 'fortran_order': False, 'shape': (3,), }";
  fields.resize(117, ' ');
  fields += '\n';
  header += static_cast<char>(fields.size());
  header += '\0';
  write_file_atomic(settings_.indices, header + fields + bytes_of({3, 0, 2}));
  EXPECT_EQ(chunk_order(settings_)->pieces_of(0).at(0).at("id").as_string(), "doc-2");
  write_file_atomic(settings_.indices, header.substr(0, 9));
  EXPECT_THROW(chunk_order(settings_), Error);
  fields.replace(fields.find("<u4"), 3, "<i8");
  write_file_atomic(settings_.indices, header + fields + bytes_of({3, 0}));
  EXPECT_THROW(chunk_order(settings_), Error);
}

TEST_F(Chunks, what_does_not_fit_together_is_refused) {
  write_file_atomic(settings_.indices, bytes_of({4}));
  EXPECT_THROW(chunk_order(settings_)->pieces_of(0), Error) << "there are 4 instances";
  write_file_atomic(settings_.indices, "abc");
  EXPECT_THROW(chunk_order(settings_), Error);
  write_file_atomic(settings_.indices, bytes_of({3}));
  TextWriter csv(folder_ / "b.csv.gz");
  csv.write("0,minus,doc-1\n");
  csv.commit();
  EXPECT_THROW(chunk_order(settings_)->pieces_of(0), Error);
  settings_.files.push_back(folder_ / "absent.npy");
  EXPECT_THROW(chunk_order(settings_), Error);
}

}  // namespace
}  // namespace lucie
