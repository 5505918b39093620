"""Further chat templates for make_chat_golden.py: formats and constructs of Mistral's versions, OLMo-2,
Phi, DeepSeek and Qwen3, and answers from documents, written for it."""

# Mistral 7B v0.1: the system text is refused, turns alternate, spaces around the instruction.
MISTRAL_V1 = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Turns must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}"
    "{% else %}{{ raise_exception('Only user and assistant are known!') }}{% endif %}{% endfor %}")

# Mistral's of 2024-07 on, with tools before the last question and no space after [INST].
MISTRAL_NEMO = r"""{%- if messages and messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{%- set questions = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- for message in loop_messages | rejectattr("role", "equalto", "tool") | rejectattr("role", "equalto", "tool_results") | selectattr("tool_calls", "undefined") %}
    {%- if (message["role"] == "user") != (loop.index0 % 2 == 0) %}
        {{- raise_exception("After the optional system message, roles must alternate") }}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == questions[-1]) %}
            {{- "[AVAILABLE_TOOLS][" }}
            {%- for tool in tools %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.function.items() if key != "return" %}
                    {{- '"' ~ key ~ '": ' ~ (val | tojson if val is not string else '"' ~ val ~ '"') }}
                    {{- ", " if not loop.last else "" }}
                {%- endfor %}
                {{- "}}" ~ (", " if not loop.last else "]") }}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {{- "[INST]" + (system_message + "\n\n" if loop.last and system_message is defined else "") + message["content"] + "[/INST]" }}
    {%- elif message["role"] == "tool_calls" or message.tool_calls is defined %}
        {%- set calls = message.tool_calls if message.tool_calls is defined else message.content %}
        {{- "[TOOL_CALLS][" }}
        {%- for call in calls %}
            {%- set out = call.function | tojson %}
            {{- out[:-1] }}
            {%- if not call.id is defined or call.id | length < 9 %}
                {{- raise_exception("Ids of calls must be alphanumeric strings of length >= 9! (1)") }}
            {%- endif %}
            {{- ', "id": "' + call.id[-9:] + '"}' }}
            {{- ", " if not loop.last else "]" + eos_token }}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- message["content"] + eos_token }}
    {%- elif message["role"] in ("tool", "tool_results") %}
        {%- set content = message.content.content if message.content is mapping else message.content %}
        {{- '[TOOL_RESULTS]{"content": ' + content | string + ', "call_id": "' ~ message.tool_call_id ~ '"}[/TOOL_RESULTS]' }}
    {%- else %}
        {{- raise_exception("Only user, assistant and tools are supported here") }}
    {%- endif %}
{%- endfor %}
"""

# Mistral Small of 2025: a default system text with today and yesterday, contents in blocks.
MISTRAL_SMALL = r"""{%- set today = strftime_now("%Y-%m-%d") %}
{%- set default_system_message = "You are a model.\nToday is " + today + ", a " + strftime_now("%A") + ".\n" %}
{{- bos_token }}
{%- if messages and messages[0]['role'] == 'system' %}
    {%- if messages[0]['content'] is string %}
        {%- set system_message = messages[0]['content'] %}
    {%- else %}
        {%- set system_message = messages[0]['content'][0]['text'] %}
    {%- endif %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set system_message = default_system_message %}
    {%- set loop_messages = messages %}
{%- endif %}
{{- '[SYSTEM_PROMPT]' + system_message + '[/SYSTEM_PROMPT]' }}
{%- for message in loop_messages %}
    {%- if message['role'] == 'user' %}
        {%- if message['content'] is string %}
            {{- '[INST]' + message['content'] + '[/INST]' }}
        {%- else %}
            {{- '[INST]' }}
            {%- for block in message['content'] | sort(attribute='type', reverse=true) %}
                {%- if block['type'] == 'text' %}
                    {{- block['text'] }}
                {%- elif block['type'] in ['image', 'image_url'] %}
                    {{- '[IMG]' }}
                {%- else %}
                    {{- raise_exception('Only text and image blocks are supported!') }}
                {%- endif %}
            {%- endfor %}
            {{- '[/INST]' }}
        {%- endif %}
    {%- elif message['role'] == 'system' %}
        {{- '[SYSTEM_PROMPT]' + message['content'] + '[/SYSTEM_PROMPT]' }}
    {%- elif message['role'] == 'assistant' %}
        {%- if message['content'] is string %}
            {{- message['content'] + eos_token }}
        {%- else %}
            {{- message['content'][0]['text'] + eos_token }}
        {%- endif %}
    {%- else %}
        {{- raise_exception('Only user, system and assistant roles are supported!') }}
    {%- endif %}
{%- endfor %}
"""

# OLMo-2 and Tulu 3 on one line: what follows the last answer differs from the others.
OLMO2 = (
    "{{ bos_token }}{% for message in messages %}"
    "{% set open = {'system': '<|system|>\n', 'user': '<|user|>\n', 'assistant': '<|assistant|>\n'} %}"
    "{% if message['role'] in open %}{{ open[message['role']] + message['content'] }}"
    "{% if message['role'] != 'assistant' %}{{ '\n' }}{% elif not loop.last %}{{ eos_token + '\n' }}"
    "{% else %}{{ eos_token }}{% endif %}{% endif %}"
    "{% if loop.last and add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}{% endfor %}")

# Phi-3 ends with the end token where nothing is to be generated; Phi-4 mini takes tools.
PHI3 = (
    "{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}"
    "{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}"
    "{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}")
PHI4 = (
    "{% for message in messages %}{% if message['role'] == 'system' and 'tools' in message and message['tools'] is not none %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|tool|>' + message['tools'] + '<|/tool|>' + '<|end|>' }}"
    "{% else %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% else %}{{ eos_token }}{% endif %}")

# DeepSeek's: state between turns in a namespace, thoughts of earlier answers dropped, arguments text.
DEEPSEEK = (
    "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
    "{% set ns = namespace(first=true, tool=false, outputs=true, system='') %}"
    "{%- for message in messages %}{%- if message['role'] == 'system' %}"
    "{%- set ns.system = ns.system + ('' if ns.first else '\n\n') + message['content'] %}{% set ns.first = false %}"
    "{%- endif %}{%- endfor %}{{bos_token}}{{ns.system}}"
    "{%- for message in messages %}"
    "{%- if message['role'] == 'user' %}{%- set ns.tool = false -%}{{'<\uff5cUser\uff5c>' + message['content']}}{%- endif %}"
    "{%- if message['role'] == 'assistant' and message['content'] is none or message.tool_calls %}{%- set ns.tool = false -%}"
    "{%- for call in message['tool_calls'] %}"
    "{%- set args = call['function']['arguments'] if call['function']['arguments'] is string else call['function']['arguments']|tojson %}"
    "{%- if loop.first %}{{'<\uff5cAssistant\uff5c>' + (message['content'] or '') + '<\uff5ctool\u2581calls\u2581begin\uff5c>'}}{%- else %}{{'\n'}}{%- endif %}"
    "{{'<\uff5ctool\u2581call\u2581begin\uff5c>' + (call['type'] or 'function') + '<\uff5ctool\u2581sep\uff5c>' + call['function']['name'] + '\n' + '```json' + '\n' + args + '\n' + '```' + '<\uff5ctool\u2581call\u2581end\uff5c>'}}"
    "{%- endfor %}{{'<\uff5ctool\u2581calls\u2581end\uff5c>' ~ eos_token}}"
    "{%- elif message['role'] == 'assistant' %}"
    "{%- if ns.tool %}{{'<\uff5ctool\u2581outputs\u2581end\uff5c>' + message['content'] + eos_token}}{%- set ns.tool = false -%}"
    "{%- else %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}"
    "{{'<\uff5cAssistant\uff5c>' + content + eos_token}}{%- endif %}{%- endif %}"
    "{%- if message['role'] == 'tool' %}{%- set ns.tool = true -%}"
    "{%- if ns.outputs %}{{'<\uff5ctool\u2581outputs\u2581begin\uff5c>'}}{%- set ns.outputs = false %}{%- else %}{{'\n'}}{%- endif %}"
    "{{'<\uff5ctool\u2581output\u2581begin\uff5c>' ~ message['content'] ~ '<\uff5ctool\u2581output\u2581end\uff5c>'}}{%- endif %}{%- endfor -%}"
    "{% if ns.tool %}{{'<\uff5ctool\u2581outputs\u2581end\uff5c>'}}{% endif %}"
    "{% if add_generation_prompt and not ns.tool %}{{'<\uff5cAssistant\uff5c><think>\\n'}}{% endif %}")

# Answers from documents: a macro for the parts of a message, the documents listed.
DOCUMENTS = r"""{%- macro text_of(message) -%}
    {%- if message.content is string -%}
        {{- message.content | trim -}}
    {%- elif message.content is sequence and message.content is not mapping -%}
        {%- for part in message.content if part.type == "text" -%}{{- part.text -}}{{- "\n" if not loop.last -}}{%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
{{- bos_token }}
{%- if messages and messages[0].role == "system" -%}
    {%- set intro = text_of(messages[0]) -%}{%- set messages = messages[1:] -%}
{%- elif documents -%}
    {%- set intro = "Answer from the documents. " ~ strftime_now("%B %d, %Y") ~ "." -%}
{%- else -%}
    {%- set intro = "" -%}
{%- endif -%}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" ~ intro ~ "<|eot_id|>" -}}
{%- if documents is defined and documents -%}
    {{- "<|start_header_id|>documents<|end_header_id|>\n\n" -}}
    {%- for document in documents -%}
        {{- "Document " ~ loop.index ~ " of " ~ loop.length ~ ": " ~ (document.title or document["doc_id"] or "untitled") ~ "\n" -}}
        {%- for key, value in document | dictsort if key not in ["title", "doc_id"] -%}
            {{- key | capitalize ~ ": " ~ value | string | replace("\n", " ") ~ "\n" -}}
        {%- endfor -%}
    {%- endfor -%}
    {{- "<|eot_id|>" -}}
{%- endif -%}
{%- for message in messages -%}
    {{- "<|start_header_id|>" ~ message.role ~ "<|end_header_id|>\n\n" ~ text_of(message) ~ "<|eot_id|>" -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- "<|start_header_id|>assistant<|end_header_id|>\n\n" -}}
{%- endif -%}
"""

# Qwen3's with reasoning in a field of its own, as the newer of its templates read it.
QWEN3_REASONING = r"""{%- if messages and messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' ~ messages[0].content ~ '<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role in ['user', 'tool'] %}
        {{- '<|im_start|>user\n' ~ ('<tool_response>\n' ~ message.content ~ '\n</tool_response>' if message.role == 'tool' else message.content) ~ '<|im_end|>\n' }}
    {%- elif message.role == 'assistant' %}
        {%- set thoughts = message.reasoning_content if message.reasoning_content is string else '' %}
        {%- set content = message.content if message.content is string else '' %}
        {%- if not thoughts and '</think>' in content %}
            {%- set parts = content.split('</think>') %}
            {%- set thoughts = parts[0].split('<think>')[-1].strip() %}
            {%- set content = parts[1:] | join('</think>') %}
        {%- endif %}
        {{- '<|im_start|>assistant\n' }}
        {%- if thoughts and (loop.last or (enable_thinking is defined and enable_thinking)) %}
            {{- '<think>\n' ~ thoughts.strip('\n') ~ '\n</think>\n\n' }}
        {%- endif %}
        {{- content.lstrip('\n') }}
        {%- for call in message.tool_calls or [] %}
            {%- set function = call.function | default(call) %}
            {{- '\n<tool_call>\n' ~ {'name': function.name, 'arguments': function.arguments} | tojson ~ '\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' ~ ('' if enable_thinking | default(true) else '<think>\n\n</think>\n\n') }}{%- endif %}
"""

MORE = {"mistral_v1": MISTRAL_V1, "mistral_nemo": MISTRAL_NEMO, "mistral_small": MISTRAL_SMALL,
        "olmo2": OLMO2, "phi3": PHI3, "phi4": PHI4, "deepseek": DEEPSEEK, "documents": DOCUMENTS,
        "qwen3_reasoning": QWEN3_REASONING}
