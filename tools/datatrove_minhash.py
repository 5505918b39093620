"""datatrove's MinHash deduplication with words by one rule for every language, as
src/corpus/plain_words.h has it: each character of a script without spaces by itself, else runs
between spaces."""

import collections
import re
import struct
import tempfile

from datatrove.data import Document
from datatrove.pipeline.dedup import minhash
from datatrove.utils.hashing import HashConfig, create_hash_func

# is_word_alone() of src/corpus/plain_words.cpp
ALONE = (
    "\u0e00-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
WORD = re.compile(f"[{ALONE}]|[^\\s{ALONE}]+")


class RegexWords:
    """In the place of a datatrove word tokenizer."""

    def word_tokenize(self, text):
        return WORD.findall(text)


def config_of(hash_name="xxhash", **settings):
    return minhash.MinhashConfig(hash_config=HashConfig(precision=64, hash_fc=hash_name), **settings)


def signature_step(config, folder=None):
    """The first step with our words; its constructor would load a tokenizer that is not needed."""
    step = minhash.MinhashDedupSignature.__new__(minhash.MinhashDedupSignature)
    super(minhash.MinhashDedupSignature, step).__init__()
    step.output_folder = minhash.get_datafolder(folder or tempfile.gettempdir())
    step.config, step._parameters, step.word_tokenizer = config, None, RegexWords()
    step.num_hashes = config.num_buckets * config.hashes_per_bucket
    step._hash_func = create_hash_func(config.hash_config)
    step.skip_existing_sigs = False
    return step


def clusters(texts, config=None):
    """Lists of indices of texts, each rising, by their first."""
    config = config or config_of()
    with tempfile.TemporaryDirectory() as folder:
        documents = (Document(text=text, id=str(i)) for i, text in enumerate(texts))
        signature_step(config, folder + "/signatures").run(documents)
        buckets = minhash.MinhashDedupBuckets(folder + "/signatures", folder + "/buckets", config=config)
        for bucket in range(config.num_buckets):
            buckets.run(None, bucket, config.num_buckets)
        minhash.MinhashDedupCluster(
            folder + "/buckets", folder + "/clusters", config=config, save_cluster_id=True).run()
        found = collections.defaultdict(list)
        for document, cluster in struct.iter_unpack("<2I", open(folder + "/clusters/000000.clusters", "rb").read()):
            found[cluster].append(document)
        return sorted(sorted(members) for members in found.values())
