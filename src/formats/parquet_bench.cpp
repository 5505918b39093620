// Speed of reading one column of text on one core: parquet_bench FILE COLUMN. Median of five, in
// processor time, so that other work on the machine does not count.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "base/error.h"
#include "formats/parquet.h"

namespace {

using namespace lucie;

std::size_t read_column(const fs::path& path, const std::string& column) {
  const ParquetFile file(path);
  std::size_t bytes = 0;
  for (std::size_t group = 0; group < file.row_groups(); ++group) {
    ParquetRows rows(file, group, {column});
    for (Json row; rows.next(&row);) {
      const Json& value = row.at(column);
      if (value.is_string()) bytes += value.as_string().size();
    }
  }
  return bytes;
}

void measure(const fs::path& path, const std::string& column) {
  std::array<double, 5> seconds{};
  std::size_t bytes = 0;
  for (double& s : seconds) {
    const std::clock_t start = std::clock();
    bytes = read_column(path, column);
    s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("%zu bytes, %.1f MB/s\n", bytes, static_cast<double>(bytes) / 1e6 / seconds[2]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: parquet_bench FILE COLUMN\n");
    return 2;
  }
  try {
    measure(argv[1], argv[2]);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
