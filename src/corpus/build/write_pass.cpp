#include "corpus/build/write_pass.h"

#include <algorithm>

#include "base/framed_file.h"
#include "base/record_stream.h"
#include "corpus/build/settled_shard.h"
#include "corpus/corpus_files.h"
#include "corpus/stats.h"

namespace lucie {

namespace {

class ShardWriting {
 public:
  ShardWriting(const BuildContext& build, const HeldOut& held_out, std::size_t shard)
      : filters_(build.settings.filters),
        held_out_(held_out),
        parts_(build.out_dir, "train", shard),
        held_(build.shard_file("write", shard, ".held")),
        known_path_(build.shard_file("write", shard, ".known")),
        verdicts_(build.shard_file("write", shard, ".verdicts")),
        known_(held_out.lines.slots().size()) {}

  void take(Candidate* candidate) {
    ++documents_;
    Document& document = candidate->document;
    if (candidate->kept() && is_held_out(document.page, filters_.seed, held_out_.share)) {
      held_.write(*candidate);
      verdicts_.write("\n");  // its place
      return;
    }
    if (candidate->kept()) {
      document.hash = text_hash(document.text);
      parts_.write(document);
      mark_lines(document.text);
    }
    stats_.add(*candidate);
    verdicts_.write(verdict_line(*candidate));
  }

  Json finish() {
    parts_.commit();
    held_.commit();
    verdicts_.commit();
    std::vector<std::uint64_t> lines;
    for (std::size_t slot = 0; slot < known_.size(); ++slot) {
      if (known_[slot]) lines.push_back(held_out_.lines.slots()[slot]);
    }
    std::sort(lines.begin(), lines.end());
    RecordWriter<std::uint64_t> writer(known_path_);
    for (const std::uint64_t line : lines) writer.write(line);
    writer.commit();
    check_account("write", documents_, stats_.documents() + held_.size());
    Json result = Json::object();
    result["documents"] = documents_;
    result["held_out"] = held_.size();
    result["known"] = std::uint64_t{lines.size()};
    result["stats"] = stats_.to_json();
    return result;
  }

 private:
  void mark_lines(std::string_view text) {
    if (held_out_.lines.size() == 0) return;
    for_each_line(text, [this](std::uint64_t line) {
      if (const auto slot = held_out_.lines.find(line)) known_[*slot] = true;
    });
  }

  const FilterSettings& filters_;
  const HeldOut& held_out_;
  DocumentWriter parts_;
  CandidateWriter held_;
  fs::path known_path_;
  FramedWriter verdicts_;
  std::vector<bool> known_;  // by slot of the held-out lines
  CorpusStats stats_;
  std::uint64_t documents_ = 0;
};

}  // namespace

std::vector<Json> run_write_pass(const BuildContext& build, const Comparisons& comparisons,
                                 const std::vector<std::uint64_t>& first_number,
                                 const HeldOut& held_out) {
  return for_each_shard(build, "write", "write documents", [&](std::size_t shard) {
    SettledShard documents(build, comparisons, first_number, shard);
    ShardWriting writing(build, held_out, shard);
    Candidate candidate;
    while (documents.next(&candidate)) writing.take(&candidate);
    return writing.finish();
  });
}

}  // namespace lucie
