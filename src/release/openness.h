// How open a release is: the classes of the Model Openness Framework 1.0 and the checklist of the
// Open Source AI Definition 1.0, component by component, with evidence and verdict.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "release/components.h"
#include "release/terms.h"

namespace lucie {

// A component of the framework under the name that bundle.json has for it.
struct OpennessComponent {
  std::string_view name;     // "model-parameters"
  std::string_view title;    // of the framework: "Model parameters (Final)"
  std::string_view content;  // "code", "data", "document"
  int openness_class;        // 3 (Open Model), 2 (Open Tooling), 1 (Open Science)
  bool required;
};
const std::vector<OpennessComponent>& openness_components();  // class III first

enum class Answer { kYes, kNo, kNotTold };
struct Statement {  // one of what the definition asks to be told of the data
  Answer answer = Answer::kNotTold;
  std::string evidence;
};

struct OpennessFacts {
  std::string name;
  std::string described;              // who says so: a bundle, or the sources of a description
  std::vector<Component> components;  // only what there is; an empty licence: none is given
  Statement data_described, public_data_listed, obtainable_data_listed;
  int declared_class = 0;  // that the publisher says it reaches; 0: says nothing
  bool declared_open_source = false;
  std::vector<Finding> findings;  // what is wrong with the release itself
};

enum class Verdict { kMet, kMissing, kUnlicensed, kNotOpen, kNotTold, kOptional };
const char* verdict_name(Verdict verdict);  // "met", "missing", "no licence", ...

struct OpennessRow {
  std::string part;       // "MOF III", "OSAID code", ...
  std::string component;  // title
  bool required = true;
  Verdict verdict = Verdict::kMissing;
  std::string licence, evidence;
  std::string remark;  // "a software licence on data"; may be empty
};

struct OpennessAudit {
  std::string name, described;
  int reached_class = 0;             // 1, 2, 3; 0: none
  std::array<double, 4> progress{};  // [class], percent of what the class requires
  Answer open_source = Answer::kNo;  // does it meet the definition
  std::vector<OpennessRow> rows;     // the framework's, then the definition's
  std::vector<std::string> reasons;  // what keeps it from the next class or the definition
  std::vector<Finding> findings;
  int declared_class = 0;
  bool declared_open_source = false;
  bool wanting() const;  // what is declared is not met, or a finding forbids
  Json to_json() const;
};

// Is text, data or code under it free to use, study, change and share for any purpose: approved by
// the OSI, free by the FSF's list, or an open licence for data and content. Of AND every part, of
// OR one. Names that nobody knows are not.
bool is_open_licence(std::string_view spdx);

OpennessAudit audit_openness(const OpennessFacts& facts);

std::string openness_class_label(int openness_class);  // "Class II - Open Tooling"

}  // namespace lucie
