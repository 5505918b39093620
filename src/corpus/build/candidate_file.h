// Candidates between the passes of a build, in frames (base/framed_file.h). For this machine only.
#pragma once

#include <string>

#include "base/framed_file.h"
#include "corpus/candidate.h"

namespace lucie {

class CandidateWriter {
 public:
  explicit CandidateWriter(const fs::path& path) : file_(path, 1) {}
  void write(const Candidate& candidate);
  std::uint64_t size() const { return file_.records(); }
  void commit() { file_.commit(); }

 private:
  FramedWriter file_;
  std::string record_;
};

class CandidateReader {
 public:
  explicit CandidateReader(const fs::path& path) : file_(path) {}
  std::uint64_t size() const { return file_.records(); }
  // In order; false at the end. What is no record of ours is kCorrupt.
  bool next(Candidate* candidate);

 private:
  FramedReader file_;
  std::size_t frame_ = 0, at_ = 0;
  std::string text_;  // of the frame
};

}  // namespace lucie
