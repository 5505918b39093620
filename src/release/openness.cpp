#include "release/openness.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "corpus/spdx_list.h"

namespace lucie {

namespace {

bool is_osi_name(std::string_view id) {
  if (id.ends_with('+')) id.remove_suffix(1);
  return find_spdx_licence(id).osi_approved;
}

// Open licences for data and content: those that ask at most attribution and sharing alike, which
// the table of licences (corpus/licence.h) knows by their class.
bool is_open_content(std::string_view id) {
  if (to_lower_ascii(id) == "openmdw-1.0") return true;
  const LicenceTerms terms = licence_terms_of(id);
  return terms.licence_class == LicenceClass::kPublicDomain ||
         terms.licence_class == LicenceClass::kAttribution ||
         terms.licence_class == LicenceClass::kShareAlike || id.starts_with("CDLA-") ||
         id == "FreeBSD-DOC";
}

bool is_open_name(std::string_view id) {
  std::string_view bare = id;
  if (bare.ends_with('+')) bare.remove_suffix(1);
  return is_osi_name(id) || find_spdx_licence(bare).fsf_libre || is_open_content(bare);
}

template <typename Is>
bool holds(const LicenceExpression& expression, Is is) {
  if (expression.kind == LicenceExpression::Kind::kLicence) return is(expression.id);
  const auto part_holds = [&](const LicenceExpression& part) { return holds(part, is); };
  const auto& parts = expression.parts;
  return expression.kind == LicenceExpression::Kind::kAnd
             ? std::all_of(parts.begin(), parts.end(), part_holds)
             : std::any_of(parts.begin(), parts.end(), part_holds);
}

template <typename Is>
bool text_holds(std::string_view spdx, Is is) {
  try {
    return holds(parse_spdx(spdx, {}), is);
  } catch (const Error&) {
    return false;  // words that are no expression
  }
}

// Of licences that all apply, those that are not open; else the whole.
std::string in_the_way(const std::string& spdx) {
  std::vector<std::string> closed;
  try {
    const LicenceExpression whole = parse_spdx(spdx, {});
    if (whole.kind != LicenceExpression::Kind::kAnd) return spdx;
    for (const LicenceExpression& part : whole.parts) {
      if (!holds(part, is_open_name)) closed.push_back(to_string(part));
    }
  } catch (const Error&) {
  }
  return closed.empty() ? spdx : join(closed, ", ");
}

const Component* find_component(const OpennessFacts& facts, std::string_view name) {
  for (const Component& component : facts.components) {
    if (component.name == name) return &component;
  }
  return nullptr;
}

std::string evidence_of(const Component& component) {
  std::vector<std::string> parts = component.paths;
  if (!component.where.empty()) parts.push_back(component.where);
  return join(parts, ", ");
}

enum class Asked { kOpen, kOsi };

OpennessRow row_of(const OpennessFacts& facts, const OpennessComponent& asked,
                   const std::string& part, Asked terms) {
  OpennessRow row{part, std::string(asked.title), asked.required, Verdict::kMissing, {}, {}, {}};
  const Component* found = find_component(facts, asked.name);
  if (found == nullptr) {
    if (!asked.required) row.verdict = Verdict::kOptional;
    return row;
  }
  row.licence = found->licence;
  row.evidence = evidence_of(*found);
  const bool osi = text_holds(found->licence, is_osi_name);
  if (found->licence.empty() || found->licence == "NOASSERTION" || found->licence == "NONE") {
    row.verdict = Verdict::kUnlicensed;
  } else if (terms == Asked::kOsi ? !osi : !is_open_licence(found->licence)) {
    row.verdict = Verdict::kNotOpen;
    if (terms == Asked::kOsi && is_open_licence(found->licence)) {
      row.remark = "open, but not approved by the OSI";
    }
  } else {
    row.verdict = Verdict::kMet;
    const bool for_content = text_holds(found->licence, is_open_content);
    if (asked.content == "code" && !osi) row.remark = "a licence for content on code";
    if (asked.content != "code" && !for_content)
      row.remark = "a software licence on " + std::string(asked.content);
  }
  return row;
}

std::string roman(int openness_class) {
  return std::string(static_cast<std::size_t>(openness_class), 'I');
}

const OpennessComponent& component_named(std::string_view name) {
  const auto& table = openness_components();
  return *std::find_if(table.begin(), table.end(),
                       [&](const OpennessComponent& row) { return row.name == name; });
}

// The framework: a class is met when it and every lower one is met in full. A research paper stands
// for the technical report.
void audit_framework(const OpennessFacts& facts, OpennessAudit* audit) {
  const auto met = [](const OpennessRow& row) { return row.verdict == Verdict::kMet; };
  const OpennessRow paper = row_of(facts, component_named("research-paper"), "", Asked::kOpen);
  const OpennessRow report = row_of(facts, component_named("technical-report"), "", Asked::kOpen);
  const bool paper_for_report = !met(report) && paper.verdict != Verdict::kMissing;
  int required = 0, included = 0;
  bool lower_met = true;
  for (int openness_class = 3; openness_class >= 1; --openness_class) {
    for (const OpennessComponent& asked : openness_components()) {
      if (asked.openness_class != openness_class) continue;
      OpennessRow row = row_of(facts, asked, "MOF " + roman(openness_class), Asked::kOpen);
      if (asked.name == "technical-report" && paper_for_report) {
        row = paper;
        row.part = "MOF III";
        row.component = std::string(asked.title);
        row.remark = "the research paper stands for it";
      }
      if (asked.required) {
        // Counted once in class I, where the paper is asked for by itself.
        const bool counted =
            !(openness_class == 1 && asked.name == "research-paper" && paper_for_report);
        required += counted ? 1 : 0;
        included += counted && met(row) ? 1 : 0;
        if (!met(row)) {
          audit->reasons.push_back(
              "Class " + roman(openness_class) + ": " + row.component + ": " +
              verdict_name(row.verdict) +
              (row.licence.empty() ? "" : " (" + in_the_way(row.licence) + ")"));
        }
      }
      audit->rows.push_back(std::move(row));
    }
    audit->progress[static_cast<std::size_t>(openness_class)] =
        lower_met ? 100.0 * included / required : 0;
    lower_met = lower_met && included == required;
    if (lower_met) audit->reached_class = openness_class;
  }
}

void add_statement(const char* title, const Statement& statement, OpennessAudit* audit) {
  const Verdict verdict = statement.answer == Answer::kYes  ? Verdict::kMet
                          : statement.answer == Answer::kNo ? Verdict::kMissing
                                                            : Verdict::kNotTold;
  audit->rows.push_back(
      {"OSAID data information", title, true, verdict, {}, statement.evidence, {}});
}

void audit_definition(const OpennessFacts& facts, OpennessAudit* audit) {
  const std::size_t first = audit->rows.size();
  add_statement("Description of all training data", facts.data_described, audit);
  add_statement("List of public training data", facts.public_data_listed, audit);
  add_statement("List of data obtainable from third parties", facts.obtainable_data_listed, audit);
  for (const char* name : {"data-preprocessing-code", "training-code", "evaluation-code",
                           "inference-code", "supporting-libraries", "model-architecture"}) {
    OpennessComponent asked = component_named(name);
    asked.required = true;  // the definition asks for libraries and tools too
    audit->rows.push_back(row_of(facts, asked, "OSAID code", Asked::kOsi));
  }
  audit->rows.push_back(
      row_of(facts, component_named("model-parameters"), "OSAID parameters", Asked::kOpen));
  audit->open_source = Answer::kYes;
  for (std::size_t i = first; i < audit->rows.size(); ++i) {
    const OpennessRow& row = audit->rows[i];
    if (row.verdict == Verdict::kMet) continue;
    audit->reasons.push_back("Definition: " + row.component + ": " + verdict_name(row.verdict) +
                             (row.licence.empty() ? "" : " (" + row.licence + ")"));
    if (row.verdict != Verdict::kNotTold) {
      audit->open_source = Answer::kNo;
    } else if (audit->open_source == Answer::kYes) {
      audit->open_source = Answer::kNotTold;
    }
  }
}

const char* answer_name(Answer answer) {
  return answer == Answer::kYes ? "met" : answer == Answer::kNo ? "not met" : "not told";
}

}  // namespace

const std::vector<OpennessComponent>& openness_components() {
  static const std::vector<OpennessComponent> table{
      {"model-architecture", "Model architecture", "code", 3, true},
      {"model-parameters", "Model parameters (Final)", "data", 3, true},
      {"technical-report", "Technical report", "document", 3, true},
      {"evaluation-results", "Evaluation results", "document", 3, true},
      {"model-card", "Model card", "document", 3, true},
      {"data-card", "Data card", "document", 3, true},
      {"sample-outputs", "Sample model outputs", "data", 3, false},
      {"training-code", "Training code", "code", 2, true},
      {"inference-code", "Inference code", "code", 2, true},
      {"evaluation-code", "Evaluation code", "code", 2, true},
      {"evaluation-data", "Evaluation data", "data", 2, true},
      {"supporting-libraries", "Supporting libraries and tools", "code", 2, false},
      {"datasets", "Datasets", "data", 1, true},
      {"data-preprocessing-code", "Data preprocessing code", "code", 1, true},
      {"intermediate-parameters", "Model parameters (Intermediate)", "data", 1, true},
      {"research-paper", "Research paper", "document", 1, true},
      {"model-metadata", "Model metadata", "data", 1, false}};
  return table;
}

const char* verdict_name(Verdict verdict) {
  constexpr const char* kNames[] = {"met", "missing", "no licence", "not open", "not told", "-"};
  return kNames[static_cast<std::size_t>(verdict)];
}

bool is_open_licence(std::string_view spdx) {
  return text_holds(spdx, is_open_name);
}

std::string openness_class_label(int openness_class) {
  constexpr const char* kLabels[] = {"Unclassified", "Class I - Open Science",
                                     "Class II - Open Tooling", "Class III - Open Model"};
  return kLabels[openness_class];
}

OpennessAudit audit_openness(const OpennessFacts& facts) {
  OpennessAudit audit;
  audit.name = facts.name;
  audit.described = facts.described;
  audit.findings = facts.findings;
  audit.declared_class = facts.declared_class;
  audit.declared_open_source = facts.declared_open_source;
  audit_framework(facts, &audit);
  audit_definition(facts, &audit);
  return audit;
}

bool OpennessAudit::wanting() const {
  // Class I is the highest: a smaller number than declared is more than was said.
  const bool class_met =
      declared_class == 0 || (reached_class != 0 && reached_class <= declared_class);
  return !class_met || (declared_open_source && open_source != Answer::kYes) ||
         std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.forbids; });
}

Json OpennessAudit::to_json() const {
  Json json = Json::object();
  json["name"] = name;
  json["described_by"] = described;
  json["class"] = reached_class;
  json["label"] = openness_class_label(reached_class);
  json["short"] = reached_class == 0
                      ? "no class"
                      : "Class " + roman(reached_class);
  for (int i = 1; i <= 3; ++i) {
    json["progress"][std::to_string(i)] = progress[static_cast<std::size_t>(i)];
  }
  json["open_source_ai_definition"] = answer_name(open_source);
  json["declared"]["class"] = declared_class;
  json["declared"]["open_source_ai_definition"] = declared_open_source;
  json["declared"]["met"] = !wanting();
  json["components"] = Json::array();
  for (const OpennessRow& row : rows) {
    Json entry = Json::object();
    entry["part"] = row.part;
    entry["component"] = row.component;
    entry["required"] = row.required;
    entry["verdict"] = verdict_name(row.verdict);
    entry["licence"] = row.licence;
    entry["evidence"] = row.evidence;
    entry["remark"] = row.remark;
    json["components"].push_back(std::move(entry));
  }
  json["reasons"] = Json::array();
  for (const std::string& reason : reasons) json["reasons"].push_back(reason);
  json["findings"] = findings_json(findings);
  json["note"] = kTermsNote;
  return json;
}

}  // namespace lucie
