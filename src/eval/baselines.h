// What a model must beat, in bits per byte on the same held-out text: compressors and n-gram models
// that know no more than it does. All are deterministic and need no settings.
//
//   xz           xz -9e on the held-out texts alone: what the text's own repetitions give
//   byte_5gram   interpolated Kneser-Ney over bytes, trained on the training side
//   xz_primed    xz with the training side as its dictionary: how much stands there verbatim
//   token_5gram  interpolated Kneser-Ney over the tokenizer's tokens: the memorization line
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/thread_pool.h"
#include "eval/held_out.h"

namespace lucie {

// {language: {xz, byte_5gram, xz_primed, token_5gram}} for every group of the held-out side, and
// "all". Documents as in bits_per_byte.h: an n-gram model starts afresh with each and predicts its
// end; a compressor gets the documents of a language in one stream, each closed by a zero byte.
Json measure_baselines(const fs::path& corpus_dir, const Tokenizer& tokenizer, ThreadPool& pool);

// The texts of one language and where they come from; for tests of the parts.
using TextsByLanguage = std::map<std::string, std::string>;  // each document closed by a zero byte
using BytesByLanguage = std::map<std::string, std::int64_t>;

// Compressed size of each language's texts, each in a stream of its own, and "all" the sum: one
// stream of all would count a page of an aligned pair as a repetition of the page itself.
BytesByLanguage xz_bytes(const TextsByLanguage& texts);
// With `training` as the dictionary of a raw LZMA2 stream, in which the languages follow one
// another: a later language may also refer to an earlier one, so aligned pairs have a stream to
// themselves. The compressor's adaptive state starts afresh.
BytesByLanguage xz_primed_bytes(const TextsByLanguage& texts, const std::string& training);

}  // namespace lucie
