#include "release/openness_page.h"

#include <fmt/format.h>

#include "report/html.h"

namespace lucie {

namespace {

std::string definition_in_words(Answer answer) {
  switch (answer) {
    case Answer::kYes:
      return "met";
    case Answer::kNo:
      return "not met";
    case Answer::kNotTold:
      return "cannot be told: the data information is not described";
  }
  return "";
}

std::string declared_in_words(const OpennessAudit& audit) {
  std::string words;
  if (audit.declared_class != 0) words = openness_class_label(audit.declared_class);
  if (audit.declared_open_source) {
    words += std::string(words.empty() ? "" : ", ") + "Open Source AI Definition";
  }
  if (words.empty()) return "nothing";
  return words + (audit.wanting() ? ": not met" : ": met");
}

std::string evidence_of(const OpennessRow& row) {
  if (row.remark.empty()) return row.evidence;
  return row.evidence.empty() ? row.remark : row.evidence + "; " + row.remark;
}

// With a mark to find what is not met at a glance.
std::string marked(Verdict verdict) {
  if (verdict == Verdict::kOptional) return verdict_name(verdict);
  const char* const mark = verdict == Verdict::kMet ? "\u2713 " : "\u2717 ";
  return mark + std::string(verdict_name(verdict));
}

Table rows_table(const OpennessAudit& audit) {
  Table table{{{"part"}, {"component"}, {"verdict"}, {"licence"}, {"evidence"}}, {}};
  for (const OpennessRow& row : audit.rows) {
    table.rows.push_back({row.part, row.component + (row.required ? "" : " (optional)"),
                          marked(row.verdict), row.licence, evidence_of(row)});
  }
  return table;
}

}  // namespace

std::string openness_text(const OpennessAudit& audit) {
  std::string text = fmt::format("{}\n  {}\n\n", audit.name, audit.described);
  for (const OpennessRow& row : audit.rows) {
    text += fmt::format("  {:<22} {:<42} {:<10} {:<18} {}\n", row.part,
                        row.component + (row.required ? "" : " (optional)"),
                        verdict_name(row.verdict), row.licence, evidence_of(row));
  }
  text +=
      fmt::format("\n  Model Openness Framework 1.0   {} (III {:.0f} %, II {:.0f} %, I {:.0f} %)\n",
                  openness_class_label(audit.reached_class), audit.progress[3], audit.progress[2],
                  audit.progress[1]);
  text +=
      fmt::format("  Open Source AI Definition 1.0  {}\n", definition_in_words(audit.open_source));
  text += fmt::format("  declared                       {}\n", declared_in_words(audit));
  for (const std::string& reason : audit.reasons) text += "    " + reason + "\n";
  for (const Finding& finding : audit.findings) {
    text += fmt::format("  found: {}: {}\n", finding.source, finding.reason);
  }
  return text + "  " + std::string(kTermsNote) + "\n";
}

std::string openness_html(const OpennessAudit& audit) {
  HtmlPage page("How open is " + audit.name + "?", audit.described);
  std::vector<Tile> badges;
  for (int i = 3; i >= 1; --i) {
    const double progress = audit.progress[static_cast<std::size_t>(i)];
    const bool met = audit.reached_class != 0 && audit.reached_class <= i;
    badges.push_back({met ? "qualified" : fmt::format("{:.0f} %", progress),
                      openness_class_label(i), met ? Tone::kGood : Tone::kBad});
  }
  badges.push_back({audit.open_source == Answer::kYes  ? "met"
                    : audit.open_source == Answer::kNo ? "not met"
                                                       : "not told",
                    "Open Source AI Definition 1.0",
                    audit.open_source == Answer::kYes  ? Tone::kGood
                    : audit.open_source == Answer::kNo ? Tone::kBad
                                                       : Tone::kPlain});
  page.tiles(badges);
  page.paragraph("Declared: " + declared_in_words(audit) + ".");
  if (!audit.findings.empty()) {
    page.heading("Found");
    std::vector<std::string> found;
    for (const Finding& finding : audit.findings) {
      found.push_back(finding.source + ": " + finding.reason);
    }
    page.list(found);
  }
  if (!audit.reasons.empty()) page.heading("What is in the way").list(audit.reasons);
  page.heading("Component by component")
      .table(rows_table(audit),
             "MOF: Model Openness Framework 1.0, classes III, II and I, each with "
             "all below. OSAID: Open Source AI Definition 1.0.");
  page.note(kTermsNote);
  return page.str();
}

}  // namespace lucie
