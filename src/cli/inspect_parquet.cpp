#include "cli/inspect_parquet.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/command.h"
#include "formats/parquet.h"

namespace lucie {
namespace {

Json summary_of(const ParquetFile& file) {
  Json summary = Json::object();
  summary["path"] = file.path().string();
  summary["created_by"] = file.created_by();
  summary["rows"] = file.rows();
  summary["row_groups"] = Json::array();
  for (std::size_t i = 0; i < file.row_groups(); ++i) {
    summary["row_groups"].push_back(file.rows(i));
  }
  summary["schema"] = Json::object();
  for (const parquet::Node& child : file.schema().children) {
    summary["schema"].members().emplace_back(child.element.name, parquet::type_name(child));
  }
  summary["columns"] = Json::array();
  for (const ParquetColumn& column : file.columns()) {
    Json entry = Json::object();
    entry["name"] = column.path;
    entry["type"] = column.type;
    entry["codec"] = column.codec;
    entry["bytes"] = column.compressed_bytes;
    entry["uncompressed_bytes"] = column.uncompressed_bytes;
    summary["columns"].push_back(std::move(entry));
  }
  return summary;
}

void print_summary(const Json& summary) {
  std::int64_t largest = 0;
  for (const Json& rows : summary.at("row_groups").items()) {
    largest = std::max(largest, rows.as_int());
  }
  std::printf("%s\n%lld rows, %zu row groups of up to %lld, written by %s\n\n",
              summary.at("path").as_string().c_str(),
              static_cast<long long>(summary.at("rows").as_int()), summary.at("row_groups").size(),
              static_cast<long long>(largest), summary.at("created_by").as_string().c_str());
  for (const auto& [name, type] : summary.at("schema").members()) {
    std::printf("%-32s %s\n", name.c_str(), type.as_string().c_str());
  }
  std::printf("\n%-48s %-10s %-12s %12s %12s\n", "column", "type", "codec", "stored", "plain");
  for (const Json& column : summary.at("columns").items()) {
    std::printf("%-48s %-10s %-12s %12s %12s\n", column.at("name").as_string().c_str(),
                column.at("type").as_string().c_str(), column.at("codec").as_string().c_str(),
                human_bytes(column.at("bytes").as_double()).c_str(),
                human_bytes(column.at("uncompressed_bytes").as_double()).c_str());
  }
}

}  // namespace

bool names_parquet_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && is_parquet_file(MappedFile(path).text());
}

int inspect_parquet(const fs::path& path) {
  const Json summary = summary_of(ParquetFile(path));
  if (common_options().json) {
    std::printf("%s\n", summary.dump(2).c_str());
  } else {
    print_summary(summary);
  }
  return 0;
}

}  // namespace lucie
