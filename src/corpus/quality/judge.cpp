#include "corpus/quality/judge.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "corpus/quality/line_filter.h"

namespace lucie::quality {

namespace {

// What groups[from ...] ask for, up to c4, after which the text is another.
SignalRequest request_of(const Settings& settings, std::size_t from, std::string_view language) {
  SignalRequest request;
  request.language = language;
  request.bad_words = settings.bad_words(language);
  const std::vector<std::string>& groups = settings.groups();
  for (std::size_t i = from; i < groups.size() && groups[i] != "c4"; ++i) {
    request.words |= groups[i] != "fineweb";
    request.repetition |= groups[i] == "gopher";
    request.normalized |= groups[i] == "redpajama";
  }
  return request;
}

class LineLimits {
 public:
  LineLimits(const Settings& settings, std::string_view language)
      : settings_(settings), language_(language) {}
  LineRules rules() const {
    LineRules made;
    made.min_words = static_cast<std::uint64_t>(std::max(0.0, of(Signal::kLineWords).min));
    const double longest = of(Signal::kLineWordLength).max;
    made.max_word_length =
        longest < 1e18 ? static_cast<std::uint64_t>(std::max(0.0, longest)) : UINT64_MAX;
    made.need_end_mark = of(Signal::kLineEndMarks).min > 0;
    made.drop_javascript = of(Signal::kLineJavascript).max < 1;
    made.drop_policies = of(Signal::kLinePolicies).max < 1;
    made.find_lorem_ipsum = of(Signal::kFilteredLoremIpsum).max < 1;
    made.find_curly_bracket = of(Signal::kFilteredCurlyBrackets).max < 1;
    return made;
  }

 private:
  Limits of(Signal signal) const {
    for (const Rule& rule : quality::rules()) {
      if (rule.signal == signal) return settings_.limits(rule, language_);
    }
    return {};
  }
  const Settings& settings_;
  std::string_view language_;
};

// Leaves the lines kept in `text`. Signals of single lines stay 0, which their limits, meant for
// lines, are not compared with.
SignalValues filter_and_count(std::string* text, const LineRules& rules, std::uint64_t* removed) {
  FilteredLines lines = filter_lines(*text, rules);
  SignalValues values;
  values[Signal::kFilteredLoremIpsum] = lines.lorem_ipsum;
  values[Signal::kFilteredCurlyBrackets] = lines.curly_bracket;
  values[Signal::kFilteredSentences] = static_cast<double>(lines.sentences);
  *removed += lines.removed;
  *text = std::move(lines.text);
  return values;
}

bool is_for_lines(Signal signal) {
  return signal >= Signal::kLineWords && signal <= Signal::kLinePolicies;
}

void judge_group(const std::string& group, const SignalValues& values, std::string_view language,
                 const Settings& settings, Verdict* verdict) {
  for (const Rule& rule : rules()) {
    if (rule.group() != group || is_for_lines(rule.signal)) continue;
    const Limits limits = settings.limits(rule, language);
    const double value = values[rule.signal];
    if (value >= limits.min && value <= limits.max) continue;
    verdict->broken = &rule;
    verdict->value = value;
    verdict->limit = value < limits.min ? limits.min : limits.max;
    return;
  }
}

std::string shortest(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

}  // namespace

std::string Verdict::comparison() const {
  if (kept()) return {};
  return shortest(value) + (value < limit ? " < " : " > ") + shortest(limit);
}

Verdict judge(std::string& text, std::string_view language, const Settings& settings) {
  Verdict verdict;
  std::optional<SignalValues> values;  // of the text as it stands
  const std::vector<std::string>& groups = settings.groups();
  for (std::size_t i = 0; i < groups.size() && verdict.kept(); ++i) {
    if (groups[i] == "c4") {
      const LineRules line_rules = LineLimits(settings, language).rules();
      const SignalValues found = filter_and_count(&text, line_rules, &verdict.lines_removed);
      judge_group(groups[i], found, language, settings, &verdict);
      values.reset();
    } else {
      if (!values) values = compute_signals(text, request_of(settings, i, language));
      judge_group(groups[i], *values, language, settings, &verdict);
    }
  }
  return verdict;
}

}  // namespace lucie::quality
