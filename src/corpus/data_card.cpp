#include "corpus/data_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace lucie {

namespace {

std::uint64_t number(const Json& json, std::string_view key) {
  return static_cast<std::uint64_t>(json.get(key, std::int64_t{0}));
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// "|" and line breaks would end a cell of the table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out.empty() ? "-" : out;
}

// One row per name of a composition: documents, characters, tokens, share of the bytes.
Json composition_rows(const Json& corpus, const Json& tokens, const char* by) {
  Json rows = Json::array();
  const std::uint64_t all_bytes = number(corpus.at("total"), "bytes");
  for (const auto& [name, tally] : corpus.at(by).members()) {
    Json row = Json::object();
    row["name"] = name;
    for (const char* key : {"documents", "characters", "words", "bytes"}) row[key] = tally.at(key);
    row["percent_of_bytes"] = percent(number(tally, "bytes"), all_bytes);
    const Json* table = tokens.find(by);
    const Json* counted = table == nullptr ? nullptr : table->find(name);
    if (counted != nullptr) {
      row["tokens"] = counted->at("tokens");
      row["tokens_per_word"] = counted->at("tokens_per_word");
      row["bytes_per_token"] = counted->at("bytes_per_token");
    }
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.items().begin(), rows.items().end(), [](const Json& a, const Json& b) {
    return number(a, "bytes") > number(b, "bytes");
  });
  return rows;
}

Json category_rows(const Json& corpus, const SourceRegistry& sources) {
  std::map<std::string, std::uint64_t> bytes;
  for (const auto& [id, tally] : corpus.at("by_source").members()) {
    const Source* source = sources.find(id);
    bytes[source == nullptr ? "other" : source->category] += number(tally, "bytes");
  }
  Json rows = Json::array();
  for (const auto& [category, count] : bytes) {
    Json row = Json::object();
    row["name"] = category;
    row["bytes"] = count;
    row["percent_of_bytes"] = percent(count, number(corpus.at("total"), "bytes"));
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.items().begin(), rows.items().end(), [](const Json& a, const Json& b) {
    return number(a, "bytes") > number(b, "bytes");
  });
  return rows;
}

Json mixture_rows(const std::vector<GroupUse>& use) {
  std::uint64_t all_tokens = 0, all_samples = 0;
  for (const GroupUse& group : use) {
    all_tokens += group.tokens;
    all_samples += group.samples;
  }
  Json rows = Json::array();
  for (const GroupUse& group : use) {
    Json row = Json::object();
    row["name"] = group.group;
    row["tokens"] = group.tokens;
    row["percent_before"] = percent(group.tokens, all_tokens);
    row["percent_declared"] = 100 * group.weight;
    row["percent_after"] = percent(group.samples, all_samples);
    row["epochs"] = group.epochs;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string composition_table(const char* what, const Json& rows) {
  std::string text = fmt::format(
      "| {} | documents | characters | tokens | % of bytes | tokens/word | bytes/token |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
      what);
  for (const Json& row : rows.items()) {
    const bool tokens = row.find("tokens") != nullptr;
    text +=
        fmt::format("| {} | {} | {} | {} | {:.1f} | {} | {} |\n", cell(row.at("name").as_string()),
                    number(row, "documents"), number(row, "characters"),
                    tokens ? fmt::to_string(number(row, "tokens")) : "-",
                    row.at("percent_of_bytes").as_double(),
                    tokens ? fmt::format("{:.2f}", row.at("tokens_per_word").as_double()) : "-",
                    tokens ? fmt::format("{:.2f}", row.at("bytes_per_token").as_double()) : "-");
  }
  return text + "\n";
}

std::string mixture_section(const Json& rows) {
  if (rows.size() == 0) return {};
  std::string text =
      "## Mixture\n\nShares of the tokens as they are, as declared, and as seen in the main phase; "
      "epochs above 1 mean that the text is read again.\n\n"
      "| group | tokens | % before | % declared | % seen | epochs |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: |\n";
  for (const Json& row : rows.items()) {
    text +=
        fmt::format("| {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.2f} |\n",
                    cell(row.at("name").as_string()), number(row, "tokens"),
                    row.at("percent_before").as_double(), row.at("percent_declared").as_double(),
                    row.at("percent_after").as_double(), row.at("epochs").as_double());
  }
  return text + "\n";
}

std::string sources_section(const SourceRegistry& sources) {
  std::string text =
      "## Sources and terms\n\n"
      "| source | obtained from | category | terms | licence |\n| --- | --- | --- | --- | --- |\n";
  for (const Source& source : sources.sources()) {
    text += fmt::format("| {} | {} | {} | {} | {} |\n", cell(source.id), cell(source.obtained),
                        cell(source.category), terms_name(source.terms),
                        source.licence.empty() ? "of each document" : cell(source.licence));
  }
  return text + "\n";
}

std::string drops_section(const Json& stats) {
  std::string text =
      "## What was left out\n\n| step | reason | documents | bytes as read |\n"
      "| --- | --- | ---: | ---: |\n";
  for (const auto& [step, reasons] : stats.at("dropped").members()) {
    for (const auto& [reason, tally] : reasons.members()) {
      text += fmt::format("| {} | {} | {} | {} |\n", cell(step), cell(reason),
                          number(tally, "documents"), number(tally, "bytes_read"));
    }
  }
  const Json& changes = stats.at("changes");
  text += fmt::format(
      "\nOf the documents kept, {} repeated paragraphs, with headings left "
      "empty by that, were taken out ({}), {} control characters "
      "removed, and {} bytes that are not UTF-8 replaced by U+FFFD.\n\n",
      number(changes, "repeated_paragraphs"),
      human_bytes(static_cast<double>(number(changes, "repeated_paragraph_bytes"))),
      number(changes, "control_characters"), number(changes, "invalid_bytes"));
  return text;
}

std::string holdout_section(const Json& stats) {
  const Json& leak = stats.at("holdout_lines_also_in_training");
  const Json& total = stats.at("holdout").at("total");
  return fmt::format(
      "## Held-out text\n\nPages are held out whole, with their translations, formats and copies: "
      "{} documents, {}. Of the held-out text {:.1f} % stood line by line in the training text too "
      "and was taken out. What is left shares no line with it but for lines of code of less than "
      "24 "
      "characters ({}).\n\n",
      number(total, "documents"), human_bytes(static_cast<double>(number(total, "bytes"))),
      100 * leak.at("share").as_double(),
      human_bytes(static_cast<double>(number(leak, "bytes_left"))));
}

std::string description_section(const DataCardInput& input, const Json& figures) {
  std::string text = "## What the text is\n\n";
  if (!input.description.empty()) text += input.description + "\n\n";
  std::vector<std::string> parts;
  for (const Json& row : figures.at("categories").items()) {
    parts.push_back(fmt::format("{} {:.1f} %", row.at("name").as_string(),
                                row.at("percent_of_bytes").as_double()));
  }
  text += "By category, as the sources declare it, of the bytes: " + join(parts, ", ") + ".\n\n";
  text +=
      "Apart from the steps below the text is as its authors published it. A language model "
      "trained "
      "on it imitates it: what the sources do not speak of, it has never read.\n\n";
  return text;
}

}  // namespace

DataCard make_data_card(const DataCardInput& input) {
  const Json& train = input.corpus_stats.at("train");
  const Json* token_train = input.token_stats.find("train");
  const Json tokens = token_train == nullptr ? Json::object() : *token_train;
  DataCard card;
  Json& figures = card.figures = Json::object();
  figures["version"] = 1;
  figures["name"] = input.name;
  figures["total"] = train.at("total");
  if (token_train != nullptr) figures["total"]["tokens"] = tokens.at("total").at("tokens");
  figures["by_language"] = composition_rows(train, tokens, "by_language");
  figures["by_source"] = composition_rows(train, tokens, "by_source");
  figures["by_licence"] = composition_rows(train, tokens, "by_licence");
  figures["categories"] = category_rows(train, input.sources);
  figures["mixture"] = mixture_rows(input.use);
  figures["sources"] = input.sources.to_json();
  figures["holdout"] = input.corpus_stats.at("holdout").at("total");
  figures["holdout_lines_also_in_training"] =
      input.corpus_stats.at("holdout_lines_also_in_training");
  figures["dropped"] = input.corpus_stats.at("dropped");
  figures["changes"] = input.corpus_stats.at("changes");

  const Json& total = figures.at("total");
  std::string& text = card.markdown;
  text = fmt::format("# Data card: {}\n\nTraining text: {} documents, {} characters, {}",
                     input.name, number(total, "documents"), number(total, "characters"),
                     human_bytes(static_cast<double>(number(total, "bytes"))));
  text +=
      token_train == nullptr ? ".\n\n" : fmt::format(", {} tokens.\n\n", number(total, "tokens"));
  text += description_section(input, figures);
  text += "## By language\n\n" + composition_table("language", figures.at("by_language"));
  text += mixture_section(figures.at("mixture"));
  text += "## By licence\n\nSPDX expressions, as far as the copyright files let them be told.\n\n" +
          composition_table("licence", figures.at("by_licence"));
  text += "## By source\n\n" + composition_table("source", figures.at("by_source"));
  text += sources_section(input.sources);
  text += drops_section(input.corpus_stats);
  text += holdout_section(input.corpus_stats);
  return card;
}

void write_data_card(const fs::path& dir, const DataCard& card) {
  write_file_atomic(dir / "data_card.md", card.markdown);
  write_json(dir / "card.json", card.figures);
}

}  // namespace lucie
