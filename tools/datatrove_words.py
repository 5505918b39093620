"""Words for datatrove by one rule for every language, as src/corpus/plain_words.h has it: each
character of a script without spaces by itself, else runs between spaces."""

import re

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
