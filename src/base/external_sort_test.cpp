#include "base/external_sort.h"

#include <functional>

#include "base/hash.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

struct Small {
  std::uint64_t key, value;
  std::uint64_t sort_key() const { return key; }
  auto operator<=>(const Small&) const = default;
};

struct Wide {  // of a size that divides no buffer, with a key that tells little apart
  std::uint32_t key, rest[6];
  std::uint64_t sort_key() const { return key >> 28; }
  auto operator<=>(const Wide&) const = default;
};

std::uint64_t draw(std::uint64_t index) {
  return hash64({reinterpret_cast<const char*>(&index), sizeof index}, 7);
}

using Make = std::function<Small(std::uint64_t)>;
const Make kShapes[] = {
    [](std::uint64_t i) {
      return Small{draw(i), i};
    },
    [](std::uint64_t i) {
      return Small{1'000'000 - i, i};
    },  // falling
    [](std::uint64_t) {
      return Small{5, 5};
    },  // all the same
    [](std::uint64_t i) {
      return Small{draw(i) % 3, draw(i) % 1000};
    },  // many ties
    [](std::uint64_t i) {
      return Small{draw(i) << 60 | 1, ~i};
    },
};

template <typename T>
std::vector<T> drain(ExternalSort<T>& sort) {
  std::vector<T> out;
  while (const T* record = sort.next()) out.push_back(*record);
  EXPECT_EQ(sort.next(), nullptr);
  return out;
}

TEST(ExternalSort, gives_what_a_sort_in_memory_gives_at_any_size_memory_and_threads) {
  const Folder folder;
  for (const std::size_t size : {0, 1, 2, 3, 63, 64, 65, 1024, 1025, 4096, 20011}) {
    for (const Make& make : kShapes) {
      std::vector<Small> records;
      for (std::size_t i = 0; i < size; ++i) records.push_back(make(i));
      std::vector<Small> expected = records;
      std::sort(expected.begin(), expected.end());
      for (const std::uint64_t memory : {0, 40, 16 * 64, 16 * 1024, 1 << 19, 1 << 30}) {
        if (size > 2000 && memory < 1000) continue;  // thousands of runs of two
        for (const int threads : {1, 3}) {
          ThreadPool pool(threads);
          ExternalSort<Small> sort(folder.path(), memory, pool);
          for (const Small& record : records) sort.add(record);
          EXPECT_EQ(sort.size(), size);
          ASSERT_EQ(drain(sort), expected) << size << " records in " << memory << " bytes";
        }
      }
    }
  }
  EXPECT_EQ(folder.entries(), 0);
}

TEST(ExternalSort, takes_records_whose_key_is_only_the_front_of_their_order) {
  const Folder folder;
  ThreadPool pool(2);
  std::vector<Wide> records;
  for (std::uint32_t i = 0; i < 9001; ++i) {
    const auto random = static_cast<std::uint32_t>(draw(i));
    records.push_back({random, {i, random, 0, i * i, 1, 2}});
  }
  ExternalSort<Wide> sort(folder.path(), 5000, pool);
  for (const Wide& record : records) sort.add(record);
  std::sort(records.begin(), records.end());
  EXPECT_EQ(drain(sort), records);
}

TEST(ExternalSort, leaves_no_file_while_it_works_or_when_it_is_given_up) {
  const Folder folder;
  ThreadPool pool(1);
  {
    ExternalSort<Small> sort(folder.path(), 160, pool);
    for (std::uint64_t i = 0; i < 100; ++i) sort.add({draw(i), i});
    EXPECT_NE(sort.next(), nullptr);
    EXPECT_EQ(folder.entries(), 0);
  }
  EXPECT_EQ(folder.entries(), 0);
}

TEST(ExternalSort, says_when_the_disk_is_full_or_the_folder_is_missing) {
  const Folder folder;
  ThreadPool pool(2);
  const auto sort_into = [&pool](const fs::path& where) {
    ExternalSort<Small> sort(where, 1000, pool);
    for (std::uint64_t i = 0; i < 1000; ++i) sort.add({draw(i), i});
    drain(sort);
  };
  {
    const ScopedWriteFault fault(5000);
    const Error error = error_of([&] { sort_into(folder.path()); });
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.place(), folder.path().string());
  }
  EXPECT_EQ(error_of([&] { sort_into(folder / "none"); }).code(), ErrorCode::kNotFound);
}

TEST(ExternalSort, stops_when_asked_to) {
  const Folder folder;
  ThreadPool pool(1);
  ExternalSort<Small> sort(folder.path(), 1 << 20, pool);
  sort.add({1, 1});
  request_cancel();
  EXPECT_EQ(error_of([&] { sort.next(); }).code(), ErrorCode::kCancelled);
  clear_cancel();
}

}  // namespace
}  // namespace lucie
