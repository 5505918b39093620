// Reads a GGUF with llama.cpp for check_*.py: token ids of lines, and the loss of windows of ids that
// are fed as they are, or with "tops" the likeliest id after each. In: one line of JSON on stdin; out:
// one on stdout.
//
//     npm install --prefix DIR --omit=optional node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
//     node tools/check_gguf.mjs DIR < request.json
import {createRequire} from "node:module";
import path from "node:path";
import {text} from "node:stream/consumers";
import {pathToFileURL} from "node:url";

const require = createRequire(path.resolve(process.argv[2], "package.json"));
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(require.resolve("node-llama-cpp")));

const request = JSON.parse(await text(process.stdin));
const said = [];
const llama = await getLlama({gpu: false, build: "never", maxThreads: request.threads ?? 1,
    logLevel: LlamaLogLevel.warn, logger: (level, what) => said.push(`${level}: ${what}`)});
const model = await llama.loadModel({modelPath: request.model});
const lines = (request.lines ?? []).map((line) => model.tokenize(line, false));

// Every logit counts: no top-k, top-p or penalty before the sum is taken (taken here:
// totalLogitWeight leaves most out when logits are filtered).
const options = {temperature: 1, topK: 0, topP: 1, minP: 0, repeatPenalty: false};
const losses = [];
const tops = [];
const windows = request.windows ?? [];
if (windows.length > 0) {
    const longest = Math.max(...windows.map((ids) => ids.length)) - 1;
    const context = await model.createContext({contextSize: longest, batchSize: 512,
        threads: request.threads ?? 1});
    const sequence = context.getSequence();
    for (const ids of windows) {
        await sequence.clearHistory();
        if (request.tops) {
            const greedy = {token: true, options: {...options, temperature: 0}};
            const results = await sequence.controlledEvaluate(
                ids.slice(0, -1).map((id) => [id, {generateNext: greedy}]));
            tops.push(results.map(({next}) => next.token));
            continue;
        }
        const input = ids.slice(0, -1).map((id) => [id, {generateNext: {options, logits: true}}]);
        let nats = 0;
        await sequence.controlledEvaluate(input, {onTokenResult: (i, {next}) => {
            const values = [...next.logits.values()];  // the largest first
            const sum = values.reduce((total, value) => total + Math.exp(value - values[0]), 0);
            nats += values[0] + Math.log(sum) - next.logits.get(ids[i + 1]);
            delete next.logits;
        }});
        losses.push(nats);
    }
    await context.dispose();
}
await llama.dispose();
console.log(JSON.stringify({said, lines, losses, tops}));
