// The house rules that a compiler does not know: which room may include which, what only one room
// may include, and what no file may contain. The rooms and their order are read from
// ARCHITECTURE.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Include {
  std::size_t line;
  std::string target;
};

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

// Top floor first: the first fenced block in which every line is "room/   text".
std::vector<std::string> read_rooms(const std::string& architecture) {
  static const std::regex room_line(R"(([a-z]+)/ +\S.*)");
  std::vector<std::string> rooms;
  bool inside = false, all_rooms = true;
  for (const std::string& line : lines_of(architecture)) {
    std::smatch match;
    if (line.starts_with("```")) {
      if (inside && all_rooms && !rooms.empty()) return rooms;
      inside = !inside;
      all_rooms = true;
      rooms.clear();
    } else if (inside && std::regex_match(line, match, room_line)) {
      rooms.push_back(match[1]);
    } else {
      all_rooms = false;
    }
  }
  return {};
}

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex directive(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"].*)");
  std::vector<Include> includes;
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_match(lines[i], match, directive)) includes.push_back({i + 1, match[1]});
  }
  return includes;
}

// What only one place may include: a pattern of the header, and the folder or file below src/.
struct Reserved {
  const char* header;
  const char* folder;
};
constexpr Reserved kReserved[] = {
    {"tensor/buffer\\.h", "tensor/"},
    {"mpi\\.h", "comm/"},
    {"curl/.*", "hub/http.cpp"},
    {"sys/socket\\.h|sys/un\\.h|netinet/.*|arpa/.*|netdb\\.h|(.*/)?httplib\\.h", "serve/"},
    {"([a-z]*mmintrin|immintrin|x86intrin|x86gprintrin|arm_neon|arm_sve)\\.h", "tensor/cpu/"},
    {"nlohmann/.*|simdjson.*|isa-l/.*|yaml-cpp/.*", "base/"},
    {"CLI/.*", "cli/"},
};

// What is wrong with including `target` from `file` (a path below src/); nullopt when nothing is.
std::optional<std::string> include_fault(const std::vector<std::string>& rooms,
                                         const std::string& file, const std::string& target) {
  for (const Reserved& rule : kReserved) {
    if (std::regex_match(target, std::regex(rule.header)) && !file.starts_with(rule.folder)) {
      return "only " + std::string(rule.folder) + " may include it";
    }
  }
  const auto floor = [&](const std::string& path) {
    return std::find(rooms.begin(), rooms.end(), path.substr(0, path.find('/')));
  };
  if (target.find('/') == std::string::npos || floor(target) == rooms.end()) return std::nullopt;
  if (floor(file) == rooms.end()) return "the file's folder is no room of ARCHITECTURE.md";
  if (floor(target) < floor(file)) return "that room is on a higher floor";
  return std::nullopt;
}

bool is_source(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".cpp" || extension == ".h" || extension == ".py" || extension == ".sh" ||
         extension == ".cmake" || path.filename() == "CMakeLists.txt";
}

bool is_text(const fs::path& path) {
  const std::string extension = path.extension().string();
  return is_source(path) || extension == ".md" || extension == ".yaml" || extension == ".json" ||
         extension == ".yml" || extension == ".inc" || extension == ".html" || extension == ".js" ||
         extension == ".css" || extension == ".txt" || extension.empty();
}

const fs::path kRoot = LUCIE_SOURCE_DIR;

// Calls `visit(path below the root, text)` for each file of the project's folders.
void for_each_file(bool (*wanted)(const fs::path&),
                   const std::function<void(const std::string&, const std::string&)>& visit) {
  std::vector<fs::path> files;
  for (const char* folder :
       {"src", "tests", "bench", "tools", "scripts", "recipes", "docs", "web", "cmake", ".ci"}) {
    if (!fs::exists(kRoot / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const bool cache = entry.path().string().find("__pycache__") != std::string::npos;
      if (entry.is_regular_file() && !cache) files.push_back(entry.path());
    }
  }
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    // In a linked work tree .git is a file, and no part of the project.
    if (entry.is_regular_file() && entry.path().filename() != ".git") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    if (wanted(file)) visit(file.lexically_relative(kRoot).generic_string(), read_text(file));
  }
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// The mark for work left open. Spelled in two parts, so that this file passes its own rule.
const std::string kOpenMark = std::string("TO") + "DO";

bool has_unnumbered_mark(const std::string& text) {
  static const std::regex numbered(kOpenMark + R"(\(#\d+\).*)");
  for (const std::string& line : lines_of(text)) {
    const std::size_t at = line.find(kOpenMark);
    if (at != std::string::npos && !std::regex_match(line.substr(at), numbered)) return true;
  }
  return false;
}

// An absolute path into the working folder; a folder of that name elsewhere (RUN/...) is no fault.
bool has_machine_path(const std::string& text) {
  const std::string folder = std::string("/wo") + "rk/";
  for (std::size_t at = 0; (at = text.find(folder, at)) != std::string::npos; ++at) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const bool in_a_path = std::isalnum(static_cast<unsigned char>(before)) != 0 ||
                           std::string_view("_-.})").find(before) != std::string_view::npos;
    if (!in_a_path) return true;
  }
  return false;
}

TEST(Rooms, are_listed_and_every_folder_of_src_is_one) {
  const std::vector<std::string> rooms = read_rooms(read_text(kRoot / "ARCHITECTURE.md"));
  ASSERT_GE(rooms.size(), 10U);
  EXPECT_EQ(rooms.front(), "cli");
  EXPECT_EQ(rooms.back(), "base");
  for (const auto& entry : fs::directory_iterator(kRoot / "src")) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(std::find(rooms.begin(), rooms.end(), name) != rooms.end()) << "src/" << name;
  }
}

TEST(Rooms, include_their_own_and_lower_floors_only) {
  const std::vector<std::string> rooms = read_rooms(read_text(kRoot / "ARCHITECTURE.md"));
  int seen = 0;
  for_each_file(is_source, [&](const std::string& file, const std::string& text) {
    if (!file.starts_with("src/")) return;
    for (const Include& include : includes_of(text)) {
      ++seen;
      const auto fault = include_fault(rooms, file.substr(4), include.target);
      EXPECT_FALSE(fault) << file << ":" << include.line << ": includes " << include.target << ": "
                          << *fault;
    }
  });
  EXPECT_GT(seen, 100);
}

TEST(Rooms, a_list_in_a_mixed_block_is_not_taken_for_the_rooms) {
  EXPECT_EQ(read_rooms("```\na/ x\nb\n```\n```\ntop/  x\nlow/  y\n```\n"),
            (std::vector<std::string>{"top", "low"}));
  EXPECT_TRUE(read_rooms("top/  x\n").empty());
}

TEST(IncludeRules, see_what_is_forbidden) {
  const std::vector<std::string> rooms = {"cli", "serve", "hub", "comm", "tensor", "base"};
  const auto faulty = [&](const char* file, const char* target) {
    return include_fault(rooms, file, target).has_value();
  };
  EXPECT_TRUE(faulty("base/x.h", "tensor/ops.h"));
  EXPECT_FALSE(faulty("tensor/x.h", "base/json.h"));
  EXPECT_FALSE(faulty("tensor/x.h", "tensor/ops.h"));
  EXPECT_TRUE(faulty("attic/x.h", "base/json.h"));
  EXPECT_FALSE(faulty("base/x.cpp", "sys/mman.h"));
  const char* reserved[][2] = {{"tensor/x.cpp", "immintrin.h"},    {"base/x.cpp", "mpi.h"},
                               {"serve/x.cpp", "curl/curl.h"},     {"hub/x.cpp", "curl/curl.h"},
                               {"hub/x.cpp", "sys/socket.h"},      {"hub/x.cpp", "httplib.h"},
                               {"cli/x.cpp", "nlohmann/json.hpp"}, {"corpus/x.cpp", "simdjson.h"},
                               {"cli/x.cpp", "yaml-cpp/yaml.h"},   {"base/x.cpp", "CLI/CLI.hpp"},
                               {"serve/x.cpp", "tensor/buffer.h"}};
  for (const auto& [file, target] : reserved) EXPECT_TRUE(faulty(file, target)) << target;
  EXPECT_FALSE(faulty("tensor/cpu/avx2.cpp", "immintrin.h"));
  EXPECT_FALSE(faulty("base/json_parser.cpp", "nlohmann/json.hpp"));
  const std::vector<Include> found = includes_of("// #include <a>\n #  include \"b/c.h\"  // d\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].target, "b/c.h");
  EXPECT_EQ(found[0].line, 2U);
}

TEST(Files, none_is_longer_than_800_lines) {
  for_each_file(is_source, [](const std::string& file, const std::string& text) {
    EXPECT_LE(lines_in(text), 800U) << file;
  });
}

TEST(Files, work_left_open_names_its_issue) {
  EXPECT_TRUE(has_unnumbered_mark("x\n// " + kOpenMark + ": later\n"));
  EXPECT_TRUE(has_unnumbered_mark("# " + kOpenMark + "(me) later"));
  EXPECT_FALSE(has_unnumbered_mark("// " + kOpenMark + "(#12): later"));
  for_each_file(is_source, [](const std::string& file, const std::string& text) {
    EXPECT_FALSE(has_unnumbered_mark(text)) << file;
  });
}

TEST(Files, none_knows_the_machine_it_was_written_on) {
  EXPECT_TRUE(has_machine_path(std::string("cd /wo") + "rk/main"));
  EXPECT_FALSE(has_machine_path(std::string("RUN/wo") + "rk/corpus, ${RUN}/wo" + "rk/x"));
  for_each_file(is_text, [](const std::string& file, const std::string& text) {
    EXPECT_FALSE(has_machine_path(text)) << file;
  });
}

}  // namespace
