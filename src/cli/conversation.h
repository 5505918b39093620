// A conversation on the terminal: what was said, and the commands that begin with '/'.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/generation_options.h"
#include "pipeline/text_tracer.h"
#include "tokenizer/chat_template.h"

namespace lucie {

// Where answers come from, found in the run that the model is of. Opened when first asked.
class AnswerTrace {
 public:
  AnswerTrace(std::string model, ThreadPool& pool) : model_(std::move(model)), pool_(pool) {}
  void print(const std::vector<TokenId>& answer);

 private:
  std::string model_;
  ThreadPool& pool_;
  std::unique_ptr<TracedRun> run_;
  std::unique_ptr<TextTracer> tracer_;
};

class Conversation {
 public:
  Conversation(Engine& engine, const GenerationFlags& flags, const std::string& system);

  // A line of the user: a command, or a question whose answer is printed as it comes. Errors are
  // printed too, and the conversation goes on. False to leave.
  bool take(const std::string& line);

 private:
  void set_system(const std::string& text);
  void run_command(const std::string& command, const std::string& rest);
  void trace();
  void save(const std::string& path) const;
  std::string undo();
  void again();
  std::vector<TokenId> encode_fitting();
  void ask(const std::string& question);
  void answer();

  Engine& engine_;
  GenerateOptions settings_;
  Generator generator_;
  LoadedModel draft_;
  std::string system_;
  std::vector<ChatMessage> messages_;
  std::vector<TokenId> last_answer_;
  AnswerTrace trace_;
};

}  // namespace lucie
