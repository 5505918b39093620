"""Golden renderings of chat templates by jinja2, set up as transformers sets it up.

    python3 tools/make_chat_golden.py --seed 1
    python3 tools/make_chat_golden.py --templates FOLDER --out /tmp/chat    # others' templates

Writes tests/golden/chat_templates.json: templates of the published kinds (SmolLM2's is the model's
own, Apache-2.0; the others are written for this file after the constructs such models use), each with
dialogues and what comes out, and small templates that take one construct each. "error": true stands
where jinja2 raises. Tuples are lists in our interpreter: none is printed here.
"""

import argparse
import datetime
import json
import random
from pathlib import Path

from chat_golden_more import MORE
from chat_golden_templates import PUBLISHED
from transformers.utils.chat_template_utils import _compile_jinja_template

TODAY = datetime.date(2026, 3, 9)

SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
    "<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
    "{% endif %}")

HEADERS = """{{- bos_token }}
{%- for turn in messages %}
    {{- '<|start_header_id|>' + turn['role'] + '<|end_header_id|>\n\n' + turn['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""

LLAMA31 = """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "1 Jan 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{#- The system message is taken out, to be written first. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_text = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_text = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{{- "Today: " + date_string + "\n\n" }}
{%- if tools is not none %}
    {{- "Functions:\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
{%- endif %}
{{- system_text }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("One call at a time.") }}
        {%- endif %}
        {%- set call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
        {{- '{"name": "' + call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\n\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""

TULU = """{{ bos_token }}{% for message in messages %}
{% if message['role'] == 'system' %}
{{ '<|system|>\n' + message['content'] + '\n' }}
{% elif message['role'] == 'user' %}
{{ '<|user|>\n' + message['content'] + '\n' }}
{% elif message['role'] == 'assistant' %}
{% if not loop.last %}
{{ '<|assistant|>\n' + message['content'] + eos_token + '\n' }}
{% else %}
{{ '<|assistant|>\n' + message['content'] + eos_token }}
{% endif %}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>\n' }}
{% endif %}
{% endfor %}
"""

CHATML = """{% set ns = namespace(count=0, seen='') %}
{% for message in messages %}
{% set ns.count = ns.count + 1 %}
{{ '<|im_start|>' ~ message.role ~ '\n' ~ message.content ~ '<|im_end|>' }}

{% set ns.seen = ns.seen ~ message.role[0] %}
{% else %}
{{ raise_exception('nothing to say') }}
{% endfor %}
{% if add_generation_prompt -%}
<|im_start|>assistant
{% endif %}
{# {{ ns.seen }} #}{{ ns.seen ~ ns.count }}
"""

QWEN3 = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index %}
            {%- if loop.last or (not loop.last and reasoning_content) %}
                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}
                    {{- '\\n' }}
                {%- endif %}
                {%- if tool_call.function %}
                    {%- set tool_call = tool_call.function %}
                {%- endif %}
                {{- '<tool_call>\\n{"name": "' + tool_call.name + '", "arguments": ' + (tool_call.arguments | tojson if tool_call.arguments is not string else tool_call.arguments) + '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' + content + '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""

MACROS = """{% macro line(role, text='-', mark = '*') %}
{{ mark }} {{ role | upper }}: {{ text | trim }}
{% endmacro %}
{%- set banner %}
  {{ messages | length }} turns
{% endset %}
{{ banner | trim }}
{% for role, text in pairs.items() if role != 'skip' %}
  {% if loop.index > 3 %}{% break %}{% elif text == '' %}{% continue %}{% endif %}
{{ line(role, text) }}{{ line(role, mark='+') }}
{%+ if loop.last %}  last{% endif +%}

{% endfor %}
{% generation %}{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join(', ') }}{% endgeneration %}
"""

EXPRESSIONS = r"""
1 + 2 * 3 - 4 // 3|7 % 3|-7 % 3|-7 // 2|7 / 2|2 * 3.5|1.0|1e3 + 0.5|2.5E-2|'a' * 3|[1] + [2, 'x']
'a' ~ 1 ~ none ~ true ~ 2.50 ~ [1, 'it''s', "q"] ~ {'k': [none, false]}|"tab\tnl\nq\"\u00e9\x41\d"
x is defined|y is defined|y is not defined and 1|not y|y or 'other'|x and 'both'|none is none|x is string
1 is number|1.5 is float|true is boolean|words is iterable|info is mapping|words is sequence|3 is odd|4 is even
6 is divisibleby 3|x is equalto 'hey'|'a' in 'abc'|'z' not in words|'k' in info|2 in [1, 2]|1 < 2 <= 2 != 3|'a' < 'b'
words[0]|words[-1]|words[7]|words[1:]|words[::-1]|words[:-1]|words[5:1]|x[1]|x[-2:]|x[::2]|accents[1:4]|info['k']|info.k|info.missing
words | join|words | join('; ')|words | first|words | last|[] | first|words | length|accents | length|info | length
x | upper|accents | upper|'HEY' | lower|'hello wORLD' | title|'hELLO' | capitalize|'  a b ' | trim|'xxaxx' | trim('x')
x | replace('h', 'HH')|'aaa' | replace('a', 'b', 2)|y | default('d')|'' | default('d', true)|none | default('d')|0 | d(5, boolean=true)
info | tojson|info | tojson(indent=2)|accents | tojson|[] | tojson(indent=2)|{} | tojson|"<a & 'b'>\n" | tojson|[1.5, 2.0, none, true] | tojson
words | list|'abc' | list|info | list|5 | string|'12' | int|'x' | int(7)|3.9 | int|-3 | abs|words | reverse | list|'abc' | reverse
words | map('upper') | list|words | select('ne', 'b') | list|[0, 1, 2, none] | select | list|[1, 2, 3] | reject('odd') | list
messages | rejectattr('role', 'eq', 'user') | map(attribute='role') | list|messages | map(attribute='nope', default='?') | join('')
' a b '.strip()|'xax'.strip('x')|' a '.lstrip() ~ '|'|' a '.rstrip() ~ '|'|'a,b,,c'.split(',')|' a  b '.split()|'a,b,c'.split(',', 1)|'a b c'.rsplit(' ', 1)
'abc'.startswith('ab')|'abc'.endswith(('x', 'c'))|'abc'.upper()|'ABC'.lower()|"they're bill's".title()|'a-b'.replace('-', '+')|'abc'.find('c')
'a\nb\r\nc'.splitlines()|','.join(words)|'banana'.count('an')|'12'.isdigit()|'prefix'.removeprefix('pre')|info.get('k')|info.get('q', 'w')|info.get('q')
info.items() | map('join', '=') | list|info.keys() | list|info.values() | list|range(4) | list|range(5, 1, -2) | list|dict(a=1, b='c')|namespace(a=1).a
'yes' if x else 'no'|'yes' if y|('t',) | first|(1, 2)[1]|[[1, 2], [3]][1][0]|{'a': {'b': 'c'}}.a.b|{'a': 1}['a']|info.k.strip()|not true or true|not (1 == 2)
1 if 0 else 2 if 0 else 3|'a' 'b'|x|length > 2|'%s' | replace('%s', x)|"a\
b"|'line' | indent|'a\nb\n\nc' | indent(2)|'a\nb' | indent(2, true)|true + 1|[1, 2] == [1, 2]|{'a': 1} == {'a': 1}|1 == 1.0|'1' == 1|none == y
words | sort(reverse=true) | list|[3, 1, 2] | sort | list|['b', 'A', 'c'] | sort | list|['b', 'A'] | sort(case_sensitive=true) | list
{'b': 2, 'A': 3, 'c': 1} | dictsort | map('join', '=') | list|{'b': 2, 'A': 3} | dictsort(by='value', reverse=true) | map('last') | list|{'b': 1, 'A': 1} | dictsort(true) | map('first') | list|messages | sort(attribute='role') | map(attribute='role') | list
['a', 'B', 'b', 'A'] | unique | list|[3, 1, 2] | min|[3, 1, 2] | max|['b', 'A'] | max|[] | max|['x', 1] | sort|5 | sort|none | map('upper') | list|none | select | list
{'b': 1, 'a': [1]} | tojson(sort_keys=true)|accents | tojson(ensure_ascii=true)|'\U0001f600' | tojson(ensure_ascii=true)|[1, {'a': 2}] | tojson(separators=(',', ':'))|[1] | tojson(indent=1, separators=('; ', '='))
'{} and {}'.format(x, 2)|'{0}{1}{0}'.format('a', 'b')|'{k}'.format(k=1)|'{{}}'.format()|'{'.format(1)|'{}'.format()|'3.5' | float|'z' | float(2.5)|"<a & 'b'>" | e|words.append('d')
y + 'a'|y.z|none + 'a'|'a' + 1|1 / 0|5 | length|raise_exception('no')|words.nope|'abc'[9]|none[0]|messages[0].content.strip().split()[0]|strftime_now('%Y-%m-%d %B')
'  \u2003x\u00a0 '.strip()|'\u00dcBER'.lower()|'\u00e9t\u00e9'.title()|info is string|words | tojson | length|1 is not none and 2 is not string|'a' is in 'abc'|x is sameas x
"""

BLOCKS = [
    "{% filter trim %}  a {{ x }} {% endfilter %}|{% filter upper | replace('A', 'b') %}a{{ x }}{% endfilter %}",
    "{% if false %}{{ x | nofilter }}{{ x is notest }}{{ nofunction() }}{% endif %}ok",
    "{% if true %}{{ x | nofilter }}{% endif %}",
    "{% if true %}{{ nofunction() }}{% endif %}",
    "a\n  {% if true %}\n b\n  {% endif %}\nc\n",
    "  {%- if true -%}  \n b \n {%- endif -%} \n c\n\n",
    "{% if false %}x{% elif x %}\n y{% else %}z{% endif %}",
    "{% for i in [1,2,3] %}{{ i }}{{ ',' if not loop.last }}{{ loop.revindex }}{% endfor %}",
    "{% for i in [] %}a{% else %}none{% endfor %}{% for c in 'ab' %}{{ c }}-{% endfor %}",
    "{% for i in [1,2,3,4] if i is even %}{{ loop.index }}/{{ loop.length }} {{ loop.previtem }}{{ loop.nextitem }};{% endfor %}",
    "{% set v = 1 %}{% for i in [1,2] %}{{ v }}{% set v = v + i %}{{ v }}{% endfor %}{{ v }}",
    "{% set v = 1 %}{% if true %}{% set v = 2 %}{% endif %}{{ v }}",
    "{% set a, b = [1, 2] %}{{ a }}{{ b }}{% set t = 1, 2 %}{{ t | length }}",
    "{% for k, v in info | items %}{{ k }}={{ v }}{% endfor %}{% for (a, b) in [[1,2]] %}{{ a + b }}{% endfor %}",
    "{% macro m(a) %}[{{ a }}{{ v }}]{% endmacro %}{% set v = 3 %}{{ m('x') }}{{ m() }}{{ m(a=2) | length }}",
    "{# comment #}\n  {# another -#}  \n  x {#- y #} z\n   {#+ w #}\nend",
    "{{ '{{' }} {{ '}}' }} {{ {'a': {'b': 1}} }} {% if '%}' %}ok{% endif %}",
    "{{ x }}\n{{ x }}\n\n",
    "   {{ x -}}   \n  after {{- x }}",
    "{% set ns = namespace() %}{% set ns.q = 'w' %}{{ ns.q }}{{ ns.nothing }}{% set q.w = 1 %}",
    "{% for i in [1,2,3] %}{% for j in [1,2] %}{{ loop.index }}{% if j == i %}{% break %}{% endif %}{% endfor %};{% endfor %}",
    "line\r\n  {% if x %}\r\n  in\r\n  {% endif %}\r\n",
]


def dialogues(rng: random.Random) -> list[dict]:
    words = "hello what \u00e9t\u00e9 \u4f60\u597d (yes) 'no' 42 <tag> {{x}} \U0001f642 </think> line\nbreak".split(" ")

    def text() -> str:
        return rng.choice(["", "", " ", "\n"]) + " ".join(rng.choices(words, k=rng.randint(1, 6))) + \
            rng.choice(["", " ", "\n\n"])

    tool = {"type": "function", "function": {"name": "add", "description": "Adds <numbers> & more",
            "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": []}}}
    call = {"id": "abcdef123", "function": {"name": "add", "arguments": {"a": 1, "s": "\u00e9\"\n", "l": [1, 2.5, None]}}}
    plain = [[{"role": "user", "content": text()}]]
    for turns in (2, 3, 5):
        roles = ["user", "assistant"] * turns
        plain.append([{"role": r, "content": text()} for r in roles[:turns]])
        plain.append([{"role": r, "content": text()} for r in ["system"] + roles[:turns]])
    calls = [{"role": "user", "content": text()},
             {"role": "assistant", "content": "", "tool_calls": [call]},
             {"role": "tool", "content": text()}, {"role": "tool", "content": text()},
             {"role": "assistant", "content": "<think>\nhm\n</think>\n\n" + text()}]
    out = [{"messages": m, "add_generation_prompt": rng.random() < 0.5, "tools": None} for m in plain]
    out.append({"messages": calls, "add_generation_prompt": True, "tools": [tool],
                "enable_thinking": False})
    out.append({"messages": calls[:3], "add_generation_prompt": False, "tools": [tool, tool],
                "builtin_tools": ["add", "code_interpreter"]})
    out.append({"messages": calls, "add_generation_prompt": True, "tools": [tool],
                "in_user_message": False})
    out.append({"messages": [], "add_generation_prompt": True, "tools": None})
    blocks = [{"type": "text", "text": text()}, {"type": "image"}, {"type": "text", "text": text()}]
    out.append({"messages": [{"role": "user", "content": blocks}], "add_generation_prompt": True,
                "tools": None, "documents": [{"title": "One", "text": text(), "year": 1998},
                                             {"doc_id": 7, "text": text()}, {"text": text()}]})
    written = {"id": "call_abcdef123", "type": "function",
               "function": {"name": "add", "arguments": json.dumps(call["function"]["arguments"])}}
    out.append({"messages": [{"role": "system", "content": text()}, {"role": "user", "content": text()},
                             {"role": "assistant", "content": None, "tool_calls": [written, written]},
                             {"role": "tool", "content": {"content": 3}, "tool_call_id": "abcdef123"}],
                "add_generation_prompt": False, "tools": [tool], "documents": []})
    out.append({"messages": plain[-1] + [{"role": "user", "content": text()},
                                         {"role": "assistant", "content": text(), "reasoning_content": text()}],
                "add_generation_prompt": False, "tools": None, "enable_thinking": True})
    for variables in out:
        variables.update(bos_token="<s>", eos_token="</s>")
        variables["pairs"] = {"user": text(), "skip": "s", "empty": "", "tool": text(), "x": "y", "z": "w"}
    return out


def render(template: str, variables: dict) -> dict:
    try:
        compiled = _compile_jinja_template(template)
        return {"output": compiled.render(**variables, strftime_now=TODAY.strftime)}
    except Exception:
        return {"error": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--templates", type=Path, help="folder of .jinja files: render these instead; "
                        "LUCIE_CHAT_GOLDEN=OUT/chat_templates.json tokenizer_test compares")
    parser.add_argument("--out", type=Path,
                        default=Path(__file__).resolve().parent.parent / "tests" / "golden")
    options = parser.parse_args()
    chats = dialogues(random.Random(options.seed))
    templates = {"smollm2": SMOLLM2, "headers": HEADERS, "llama31": LLAMA31, "tulu": TULU,
                 "chatml": CHATML, "qwen3": QWEN3, "macros": MACROS, **PUBLISHED, **MORE}
    if options.templates:
        templates = {path.stem: path.read_text("utf-8")
                     for path in sorted(options.templates.glob("*.jinja"))}
    whole = [{"name": name, "template": template,
              "results": [render(template, chat) for chat in chats]}
             for name, template in templates.items()]
    variables = {"x": "hey", "words": ["a", "b", "c"], "info": {"k": " v ", "n": 3},
                 "accents": "\u00e9\u00fc\u4f60\u00df", "messages": chats[3]["messages"]}
    lines = EXPRESSIONS.strip().replace("\\\n", "\\\0").split("\n")
    singles = []
    for line in lines:
        for expression in split_bars(line.replace("\\\0", "\\\n")):
            template = "{{ " + expression + " }}"
            singles.append({"template": template, **render(template, variables)})
    singles += [{"template": t, **render(t, variables)} for t in BLOCKS]
    result = {"today": TODAY.isoformat(), "dialogues": chats, "templates": whole,
              "variables": variables, "constructs": singles}
    path = options.out / "chat_templates.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=0) + "\n", "utf-8")
    if options.templates:
        return
    seeds = options.out.parent / "fuzz" / "templates"  # the same, to mutate
    seeds.mkdir(exist_ok=True)
    for name, template in {**templates, "constructs": "\n".join(s["template"] for s in singles)}.items():
        (seeds / f"{name}.jinja").write_text(template, "utf-8")
    failed = [s["template"] for s in singles if "error" in s]
    print(path, path.stat().st_size, len(singles), "constructs, of which errors:", failed)


def split_bars(line: str) -> list[str]:
    """Cuts at '|' without spaces around it (with spaces, it is a filter)."""
    parts, begin = [], 0
    for i, c in enumerate(line):
        if c == "|" and line[i - 1:i] != " " and line[i + 1:i + 2] != " " and \
                line[:i].count("'") % 2 == 0:
            parts.append(line[begin:i])
            begin = i + 1
    return parts + [line[begin:]]


if __name__ == "__main__":
    main()
