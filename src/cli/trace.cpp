// lucie trace: from a training step, a token or a document to the other two, to the document's
// history and licence. The order of training is a pure function of the recipe, so nothing had to be
// recorded.
#include "cli/trace.h"

#include <cstdio>
#include <optional>

#include "base/error.h"
#include "cli/command.h"
#include "cli/idle_flags.h"
#include "pipeline/document_losses.h"
#include "pipeline/traced_run.h"
#include "trace/history.h"

namespace lucie {
namespace {

Json piece(const TracedRun& run, const TokenSpan& document, const SampleDocument& part,
           std::int64_t sample) {
  Json entry = run.describe(document);
  entry["sample"] = sample;
  entry["begin"] = part.begin;
  entry["end"] = part.end;
  return entry;
}

std::string sample_range(const TracedStep& step) {
  return "phase " + step.phase->name + ", samples " + std::to_string(step.first) + " to " +
         std::to_string(step.first + step.count - 1);
}

// What the model saw of a piece of a document.
std::string text_of(const TracedRun& run, const Tokenizer& tokenizer, const SampleDocument& part) {
  std::vector<TokenId> ids(part.end - part.begin);
  const IndexedDataset& tokens = run.groups()[part.group].shard.tokens();
  tokens.read(tokens.begin(part.document) + part.first, ids);
  return tokenizer.decode(ids, false);
}

int trace_step(const TracedRun& run, std::int64_t wanted, bool with_text) {
  const TracedStep step = run.step(wanted);
  const SampleIndex& index = run.samples(*step.phase);
  std::optional<Tokenizer> tokenizer;
  if (with_text) tokenizer.emplace(Tokenizer::load(run.path() / "tokenizer"));
  Json pieces = Json::array();
  for (std::int64_t i = step.first; i < step.first + step.count; ++i) {
    for (const SampleDocument& part : index.documents_of(static_cast<std::uint64_t>(i))) {
      const TokenSpan document = index.document(part);
      pieces.push_back(piece(run, document, part, i));
      if (!tokenizer || run.is_hidden(document.source)) continue;
      pieces.items().back()["text"] = text_of(run, *tokenizer, part);
    }
  }
  Json head = Json::object();
  head["step"] = wanted;
  head["phase"] = step.phase->name;
  print_pieces("step " + std::to_string(wanted) + ": " + sample_range(step), head, pieces);
  return 0;
}

int trace_token(const TracedRun& run, std::int64_t wanted) {
  std::int64_t sample = 0;
  std::uint64_t within = 0;
  const TracedStep step = run.step_of_token(wanted, &sample, &within);
  Json pieces = Json::array();
  const SampleIndex& index = run.samples(*step.phase);
  for (const SampleDocument& part : index.documents_of(static_cast<std::uint64_t>(sample))) {
    if (within < part.begin || within >= part.end) continue;
    pieces.push_back(piece(run, index.document(part), part, sample));
    pieces.items().back()["token_of_document"] = part.first + within - part.begin;
  }
  Json head = Json::object();
  head["token"] = wanted;
  head["step"] = step.step;
  head["phase"] = step.phase->name;
  head["padding"] = pieces.items().empty();
  print_pieces("token " + std::to_string(wanted) + ": step " + std::to_string(step.step) +
                   ", phase " + step.phase->name + ", sample " + std::to_string(sample) +
                   ", position " + std::to_string(within) +
                   (pieces.items().empty() ? ", padding" : ""),
               head, pieces);
  return 0;
}

// {phase, step, tokens}: how much of the document each step read.
Json steps_that_read(const TracedRun& run, const TracedRun::Found& found) {
  Json list = Json::array();
  for (const StepReading& step :
       run.steps_that_read(found.group, found.document->begin, found.document->end)) {
    Json entry = Json::object();
    entry["phase"] = step.phase->name;
    entry["step"] = step.step;
    entry["tokens"] = step.tokens;
    list.push_back(std::move(entry));
  }
  return list;
}

Json spoken_duplicates(const TracedRun& run, const Json& duplicates) {
  Json list = Json::array();
  for (const Json& cluster : duplicates.items()) {
    Json entry = Json::object();
    entry["step"] = cluster.at("step");
    entry["kept"] = run.spoken(cluster.at("kept"));
    entry["dropped"] = Json::array();
    for (const Json& member : cluster.at("dropped").items()) {
      entry["dropped"].push_back(run.spoken(member));
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::string words_of(const Json& value) {
  return value.is_string() ? value.as_string() : value.dump();
}

void print_document(const Json& answer) {
  for (const auto& [key, value] : answer.members()) {
    if (value.is_array() || value.is_object()) continue;
    std::printf("%-12s %s\n", key.c_str(), words_of(value).c_str());
  }
  if (const Json* duplicates = answer.find("duplicates")) {
    for (const Json& cluster : duplicates->items()) {
      std::printf("%s: kept %s\n", cluster.at("step").as_string().c_str(),
                  cluster.at("kept").get("id", "").c_str());
      for (const Json& member : cluster.at("dropped").items()) {
        std::printf("  dropped %s %s\n", member.get("id", "").c_str(),
                    member.get("url", "").c_str());
      }
    }
  }
  const Json* seen = answer.find("seen");
  if (seen == nullptr) return;
  std::printf("%zu steps read of it\n", seen->size());
  for (const Json& entry : seen->items()) {
    std::printf(
        "  step %lld, phase %s: %lld tokens\n", static_cast<long long>(entry.at("step").as_int()),
        entry.at("phase").as_string().c_str(), static_cast<long long>(entry.at("tokens").as_int()));
  }
  const Json* losses = answer.find("losses");
  for (const Json& entry : losses == nullptr ? Json::Array{} : losses->items()) {
    std::printf("after step %lld: %.4f nats a token, %.4f bits a byte\n",
                static_cast<long long>(entry.at("step").as_int()), entry.at("loss").as_double(),
                entry.at("bits_per_byte").as_double());
  }
}

Json losses_of(const TracedRun& run, const TracedRun::Found& found) {
  const Tokenizer tokenizer = Tokenizer::load(run.path() / "tokenizer");
  HeldOutDocument document{found.document->id, found.document->language, {}, {}};
  document.ids.resize(found.document->end - found.document->begin);
  run.groups()[found.group].shard.tokens().read(found.document->begin, document.ids);
  document.text = tokenizer.decode(document.ids);
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  return document_losses(ctx, run.path(), document);
}

int trace_document(const TracedRun& run, const std::string& wanted, bool with_losses) {
  Json answer = document_history(run.path() / "corpus",
                                 [&](const std::string& source, const std::string& id) {
                                   return run.is_wanted(source, id, wanted);
                                 });
  if (answer.is_null()) {
    fail(ErrorCode::kNotFound, "no document '" + wanted + "' was read", "--doc",
         "ids stand in the answers to --step, and in corpus/verdicts.jsonl.zst");
  }
  if (const Json* duplicates = answer.find("duplicates")) {
    answer["duplicates"] = spoken_duplicates(run, *duplicates);
  }
  answer = run.spoken(std::move(answer));
  TracedRun::Found found;
  if (run.has_tokens()) found = run.find_document(wanted);
  if (found.document) {
    answer["tokens"] = found.document->end - found.document->begin;
    answer["seen"] = steps_that_read(run, found);
    if (with_losses) answer["losses"] = losses_of(run, found);
  } else if (with_losses) {
    fail(ErrorCode::kNotFound, "the training tokens do not hold document '" + wanted + "'",
         "--losses", "lucie trace RUN --doc ID alone says what became of it");
  }
  if (common_options().json) {
    std::printf("%s\n", answer.dump(2).c_str());
  } else {
    print_document(answer);
  }
  return 0;
}

int trace(const TraceOptions& options) {
  const bool of_text = !options.text.empty() || options.index;
  const int asked = (options.step != 0) + (options.token >= 0) + !options.document.empty() +
                    of_text + (options.generations != 0);
  if (asked != 1) {
    fail(ErrorCode::kInvalidArgument, "what is to be traced?", "trace",
         "a text, or one of --step N, --token K, --doc ID, --generations N");
  }
  refuse_idle_flags({{options.losses && options.document.empty(), "--losses", "--doc"},
                     {options.with_text && options.step == 0, "--show-text", "--step"},
                     {options.probabilities && options.text.empty(), "--probabilities", "a text"}});
  if (of_text) return trace_text(options);
  if (options.generations != 0) return trace_generations(options);
  if (is_foreign_order(options)) return trace_foreign_order(options);
  const TracedRun run(options.path);
  if (options.step != 0) return trace_step(run, options.step, options.with_text);
  if (options.token >= 0) return trace_token(run, options.token);
  return trace_document(run, options.document, options.losses);
}

}  // namespace

void print_pieces(const std::string& headline, const Json& head, const Json& pieces) {
  if (common_options().json) {
    Json answer = head;
    answer["documents"] = pieces;
    std::printf("%s\n", answer.dump(2).c_str());
    return;
  }
  std::printf("%s\n", headline.c_str());
  for (const Json& piece : pieces.items()) {
    const std::int64_t begin = piece.at("begin").as_int(), end = piece.at("end").as_int();
    std::string where = piece.get("url", "");
    if (where.empty()) where = piece.get("data", "");
    if (const Json* document = piece.find("document")) where += " [" + document->dump() + "]";
    if (const Json* told = piece.find("described")) where = words_of(*told);
    std::printf("%6lld tokens  %-8s %-24s %s  %s\n", static_cast<long long>(end - begin),
                piece.get("language", "").c_str(), piece.get("licence", "").c_str(),
                piece.get("id", "").c_str(), where.c_str());
    if (const Json* text = piece.find("text")) std::printf("%s\n\n", text->as_string().c_str());
  }
}

Command trace_command() {
  auto o = std::make_shared<TraceOptions>();
  return {
      .group = "Prove",
      .name = "trace",
      .summary = "where a text comes from, which documents a step read, which steps a document",
      .examples =
          "lucie trace runs/tiny \"a text that a model wrote\"\n"
          "lucie trace runs/tiny --step 1000\n"
          "lucie trace runs/tiny --token 123456 --json\n"
          "lucie trace runs/tiny --doc manpages-fr-1f2e3d4c5b6a7988\n"
          "lucie trace data/fr.idx --step 10 --batch 16 --samples 4000 --seq-length 4096\n"
          "lucie trace --blend \"0.7 data/fr 0.3 data/en\" --order lucie --step 10 --batch 16 "
          "--samples 4000\n"
          "lucie trace pile/document.idx --order pythia --step 143000\n"
          "lucie trace global_indices.npy --order olmo --data a.npy --data b.npy --step 5 --batch "
          "1024",
      .arguments =
          {{"PATH", &o->path, "run directory; or data: .idx, or OLMo's global_indices.npy"},
           {"TEXT", &o->text,
            "to be found in the training tokens of a run or a model of it; -: stdin"},
           {"--index", &o->index, "make the index that TEXT is found with, which TEXT does too"},
           {"--memory", &o->memory, "for making the index (2GB)"},
           {"--shortest", &o->shortest, "tokens that a span of TEXT has at least (8)"},
           {"--spans", &o->spans, "shown at most, the longest (10)"},
           {"--documents", &o->documents, "shown at most of each span (3)"},
           {"--generations", &o->generations,
            "how much of so many texts of the model stands there"},
           {"--probabilities", &o->probabilities,
            "of the tokens of TEXT, by counting (infinite-gram)"},
           {"--step", &o->step, "optimizer step, counted from 1"},
           {"--token", &o->token, "the K-th token that training read, counted from 0"},
           {"--doc", &o->document, "document by its id: its history, and the steps that read it"},
           {"--losses", &o->losses, "with --doc: its loss at each checkpoint of the run"},
           {"--show-text", &o->with_text, "with --step: what the model saw, document by document"},
           {"--order", &o->order, "of data: megatron, deepspeed, lucie, neox, pythia, olmo"},
           {"--blend", &o->blend, "weights and paths in turn, as given to --data-path"},
           {"--seed", &o->seed, "of the training (1234)"},
           {"--seq-length", &o->sequence_length, "tokens of a sample (2048; olmo: 4096)"},
           {"--batch", &o->batch, "samples of a step (pythia: 1024)"},
           {"--samples", &o->samples, "of the whole training: --train-samples"},
           {"--split", &o->split, "training, validation and test, as 969,30,1 (all for training)"},
           {"--indices", &o->indices, "olmo: global_indices.npy, where PATH is not"},
           {"--data", &o->data, "olmo: a token file, in the order of the config; again for more"},
           {"--token-bytes", &o->token_bytes, "olmo: bytes of a token (4)"},
           {"--end-of-document", &o->end_of_document, "pythia: the token that ends one (0)"}},
      .run = [o] { return trace(*o); },
      .state = o};
}

}  // namespace lucie
