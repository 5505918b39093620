#include "release/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "release/figures.h"

namespace lucie {

namespace {

const char* const kShape[][2] = {{"parameters", "parameters"},
                                 {"architecture", "architecture"},
                                 {"hidden_size", "hidden size"},
                                 {"num_hidden_layers", "layers"},
                                 {"num_attention_heads", "attention heads"},
                                 {"num_key_value_heads", "key and value heads"},
                                 {"intermediate_size", "intermediate size"},
                                 {"vocab_size", "vocabulary"},
                                 {"window", "window in tokens"}};

std::string words_of(const Json& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_number()) return with_commas(value.as_double());
  return kNotMeasured;
}

std::string joined(const Json& row, std::string_view key) {
  std::vector<std::string> parts;
  for (const Json& item : rows_at(row, key)) parts.push_back(words_of(item));
  return join(parts, ", ");
}

}  // namespace

Table model_table(const Json& results) {
  Table table{{{"what"}, {"value", true}}, {}};
  for (const auto& [key, name] : kShape) {
    const Json* value = look(results, "model." + std::string(key));
    table.rows.push_back({name, value == nullptr ? kNotMeasured : words_of(*value)});
  }
  return table;
}

Table bits_table(const Json& results) {
  Table table{{{"held-out text"},
               {"bytes", true},
               {"model", true},
               {"byte 5-gram", true},
               {"xz -9e", true},
               {"xz primed", true},
               {"token 5-gram", true}},
              {}};
  std::vector<std::string> languages = scored_languages(results);
  languages.emplace_back("all");
  for (const std::string& language : languages) {
    std::vector<std::string> row{
        language_name(language),
        shown_count(results, "eval.base.bits_per_byte." + language + ".bytes"),
        shown_fixed(model_bits(results, "base", language), 3)};
    for (const char* baseline : {"byte_5gram", "xz", "xz_primed", "token_5gram"}) {
      row.push_back(shown_fixed(baseline_bits(results, baseline, language), 3));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table models_table(const Json& results) {
  Table table{{{"model"},
               {"bits per byte", true},
               {"to base", true},
               {"cloze", true},
               {"file", true},
               {"bits per weight", true}},
              {}};
  const Json* models = look(results, "eval");
  if (models == nullptr || !models->is_object()) return table;
  const auto base = model_bits(results, "base", "all");
  for (const auto& [name, scores] : models->members()) {
    const auto bits = model_bits(results, name, "all");
    const auto cloze = figure(scores, "cloze.all.accuracy");
    std::vector<std::string> row{
        name,
        shown_fixed(bits, 4),
        bits && base && *base > 0 ? fmt::format("{:+.2f} %", 100 * (*bits / *base - 1)) : "-",
        cloze ? fmt::format("{:.1f} %", 100 * *cloze) : kNotMeasured,
        "-",
        "-"};
    for (const Json& file : rows_at(results, "quantize")) {
      if (file.get("type", "") != name) continue;
      row[4] = shown_size(file, "bytes");
      row[5] = shown_fixed(file, "bits_per_weight", 2);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table finetune_table(const Json& results) {
  Table table{{{"what"}, {"value", true}}, {}};
  table.rows.push_back({"dialogues", shown_count(results, "finetune.dialogues")});
  table.rows.push_back({"held-out dialogues", shown_count(results, "finetune.held_out_dialogues")});
  table.rows.push_back({"steps", shown_count(results, "finetune.steps")});
  table.rows.push_back({"loss on held-out answers before, nats per token",
                        shown_fixed(results, "finetune.loss_before", 3)});
  table.rows.push_back({"loss on held-out answers after, nats per token",
                        shown_fixed(results, "finetune.loss_after", 3)});
  const auto share = figure(results, "finetune.verbatim_share");
  table.rows.push_back({"share of answers copied verbatim from training",
                        share ? fmt::format("{:.1f} %", 100 * *share) : kNotMeasured});
  return table;
}

Table languages_table(const Json& results) {
  Table table{{{"language"},
               {"documents", true},
               {"characters", true},
               {"tokens", true},
               {"% of tokens", true},
               {"% of what was read", true},
               {"bytes per token", true}},
              {}};
  for (const Json& row : rows_at(results, "corpus.by_language")) {
    table.rows.push_back({language_name(row.get("name", "")), shown_count(row, "documents"),
                          shown_count(row, "characters"), shown_count(row, "tokens"),
                          shown_fixed(row, "percent_of_tokens", 1),
                          shown_fixed(row, "percent_seen", 1),
                          shown_fixed(row, "bytes_per_token", 2)});
  }
  return table;
}

Table sources_table(const Json& results) {
  std::map<std::string, std::string> share;
  for (const Json& row : rows_at(results, "corpus.by_source")) {
    const auto seen = figure(row, "percent_seen");
    share[row.get("name", "")] = seen ? fmt::format("{:.2f}", *seen) : kNotMeasured;
  }
  Table table{{{"source"},
               {"category"},
               {"% of what was read", true},
               {"licences"},
               {"terms"},
               {"where to get it"}},
              {}};
  for (const Json& row : rows_at(results, "corpus.sources")) {
    const auto found = share.find(row.get("id", ""));
    std::string licences = joined(row, "licences");
    if (licences.empty()) licences = row.get("licence", "");
    table.rows.push_back({row.get("id", ""), row.get("category", ""),
                          found == share.end() ? kNotMeasured : found->second,
                          licences.empty() ? "not stated" : licences, row.get("terms", ""),
                          shown_text(row, "how_to_get.where")});
  }
  return table;
}

std::vector<std::string> memory_findings(const Json& results) {
  std::vector<std::string> lines;
  const auto share = figure(results, "finetune.verbatim.characters_share");
  lines.push_back(
      share ? fmt::format("Of {} answers to held-out questions, {} hold a run of 50 characters or "
                          "more that stands in the text: {:.1f} % of their characters.",
                          shown_count(results, "finetune.verbatim.answers"),
                          shown_count(results, "finetune.verbatim.answers_copied"), 100 * *share)
            : "Copying in answers: " + std::string(kNotMeasured) + ".");
  const Json* spans = look(results, "corpus.memorization.by_source");
  if (spans != nullptr && spans->is_object()) {
    for (const auto& [source, row] : spans->members()) {
      lines.push_back(fmt::format("Of {} spans of {}, the base model goes on with {} by heart.",
                                  shown_count(row, "spans"), source,
                                  shown_count(row, "reproduced")));
    }
  }
  lines.push_back(
      look(results, "generations") == nullptr
          ? "Texts of its own making, left to itself: " + std::string(kNotMeasured) +
                " (lucie trace MODEL --generations N)."
          : fmt::format("The longest span of its own texts that stands in the text: {} tokens, in "
                        "{} texts of {} tokens.",
                        shown_count(results, "generations.longest"),
                        shown_count(results, "generations.texts"),
                        shown_count(results, "generations.tokens")));
  return lines;
}

Table generations_table(const Json& results) {
  Table table{{{"tokens", true},
               {"sequences that stand there", true},
               {"tokens within", true},
               {"texts that hold one", true}},
              {}};
  const auto percent = [](const Json& row, const char* key) {
    const auto share = figure(row, key);
    return share ? fmt::format("{:.2f} %", 100 * *share) : std::string(kNotMeasured);
  };
  for (const Json& row : rows_at(results, "generations.by_length")) {
    table.rows.push_back({shown_count(row, "length"), percent(row, "found_share"),
                          percent(row, "covered_share"), shown_count(row, "texts")});
  }
  return table;
}

Table licence_terms_table(const Json& results) {
  Table table{{{"licence"}, {"class"}, {"duties"}, {"documents", true}, {"characters", true}}, {}};
  for (const Json& row : rows_at(results, "terms.corpus.licences")) {
    table.rows.push_back({row.get("licence", ""), row.get("class", ""), joined(row, "duties"),
                          shown_count(row, "documents"), shown_count(row, "characters")});
  }
  return table;
}

Table source_terms_table(const Json& results) {
  Table table{{{"source"}, {"terms"}, {"licences"}, {"why"}}, {}};
  for (const Json& row : rows_at(results, "terms.corpus.sources")) {
    const std::string licences = joined(row, "licences");
    table.rows.push_back({row.get("id", ""), row.get("terms", ""),
                          licences.empty() ? "of each document" : licences, row.get("reason", "")});
  }
  return table;
}

Table output_duties_table(const Json& results) {
  Table table{{{"licence"}, {"duty"}, {"documents", true}, {"sources"}}, {}};
  for (const Json& row : rows_at(results, "terms.outputs")) {
    const std::string sources = joined(row, "sources");
    table.rows.push_back({row.get("licence", ""), row.get("duty", ""),
                          shown_count(row, "documents"), sources.empty() ? "-" : sources});
  }
  return table;
}

std::vector<std::string> weights_findings(const Json& results) {
  std::vector<std::string> lines;
  for (const Json& row : rows_at(results, "terms.weights.findings")) {
    const std::string about = row.get("about", "");
    lines.push_back((row.get("forbids", false) ? "Forbids: " : "Warning: ") +
                    (about.empty() ? "" : about + ": ") + row.get("reason", ""));
  }
  return lines;
}

Table files_table(const Json& results) {
  Table table{{{"file"}, {"SHA-256"}}, {}};
  const Json* files = look(results, "files");
  if (files == nullptr || !files->is_object()) return table;
  for (const auto& [path, hash] : files->members()) table.rows.push_back({path, words_of(hash)});
  return table;
}

Table timing_table(const Json& results) {
  Table table{{{"stage"}, {"time", true}}, {}};
  const Json* stages = look(results, "timing.stages");
  if (stages != nullptr && stages->is_object()) {
    for (const auto& [name, seconds] : stages->members()) {
      table.rows.push_back(
          {name, seconds.is_number() ? human_seconds(seconds.as_double()) : kNotMeasured});
    }
  }
  table.rows.push_back({"all", shown_seconds(results, "timing.total_seconds")});
  return table;
}

}  // namespace lucie
