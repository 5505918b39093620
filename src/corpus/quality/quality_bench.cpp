// The quality rules on lines of JSON {"text", "language"}, on one core:
//
//   quality_bench verdicts GROUPS FILE   a line a document: the rule that it breaks, or "kept"
//   quality_bench time GROUPS FILE       documents a second in processor time, median of five
//
// GROUPS: a name, or several with commas between. Texts are repaired first, outside of the time.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "base/error.h"
#include "base/text.h"
#include "corpus/quality/judge.h"
#include "corpus/text_repair.h"

namespace {

using namespace lucie;

struct Sample {
  std::string text, language;
};

std::vector<Sample> read_samples(const fs::path& path) {
  std::vector<Sample> samples;
  for (const std::string& line : split(read_file(path), '\n')) {
    if (line.empty()) continue;
    const Json json = parse_json(line, path.string());
    samples.push_back({repair_text(json.at("text").as_string()).text, json.get("language", "en")});
  }
  return samples;
}

quality::Settings settings_of(const std::string& groups) {
  Json json = Json::object();
  json["rules"] = Json::array();
  for (const std::string& group : split(groups, ',')) json["rules"].push_back(group);
  return quality::Settings::from_json(json);
}

void print_verdicts(std::vector<Sample> samples, const quality::Settings& settings) {
  for (Sample& sample : samples) {
    const quality::Verdict verdict = quality::judge(sample.text, sample.language, settings);
    const std::string name = verdict.kept() ? "kept" : std::string(verdict.broken->name);
    std::printf("%s %s\n", name.c_str(), verdict.comparison().c_str());
  }
}

void print_speed(const std::vector<Sample>& samples, const quality::Settings& settings) {
  std::array<double, 5> seconds{};
  std::size_t kept = 0, bytes = 0;
  for (double& s : seconds) {
    std::vector<Sample> copies = samples;  // c4 changes its text
    kept = bytes = 0;
    const std::clock_t start = std::clock();
    for (Sample& sample : copies) {
      bytes += sample.text.size();
      kept += quality::judge(sample.text, sample.language, settings).kept();
    }
    s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("%.0f documents/s, %.1f MB/s, %zu of %zu kept\n",
              static_cast<double>(samples.size()) / seconds[2],
              static_cast<double>(bytes) / 1e6 / seconds[2], kept, samples.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 4 ? argv[1] : "";
  if (mode != "verdicts" && mode != "time") {
    std::fprintf(stderr, "usage: quality_bench verdicts|time GROUPS FILE\n");
    return 2;
  }
  try {
    const quality::Settings settings = settings_of(argv[2]);
    std::vector<Sample> samples = read_samples(argv[3]);
    if (mode == "verdicts") {
      print_verdicts(std::move(samples), settings);
    } else {
      print_speed(samples, settings);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "quality_bench: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
