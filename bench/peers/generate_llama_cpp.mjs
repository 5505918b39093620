// Speed of llama.cpp (through node-llama-cpp) on a GGUF, to set beside
// `lucie bench MODEL.gguf --n-prompt N --n-gen N --threads T`. Run it on an idle machine.
//
//     npm install --prefix DIR --omit=optional node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
//     node bench/peers/generate_llama_cpp.mjs DIR MODEL.gguf [--threads 2] [--n-prompt 512]
//         [--n-gen 128] [--repeat 5] [--seed 1]
//
// Prompt: one evaluation of random ids. Generation: greedy, one token at a time. Median and spread
// of the repetitions after one to warm up. The JavaScript around each token costs some 0.1 ms, which
// a model of a few million parameters feels and one of a hundred million does not.
import {createRequire} from "node:module";
import path from "node:path";
import {pathToFileURL} from "node:url";
import {parseArgs} from "node:util";

const {values, positionals} = parseArgs({allowPositionals: true, options: Object.fromEntries(
    Object.entries({threads: "2", "n-prompt": "512", "n-gen": "128", repeat: "5", seed: "1"})
        .map(([name, value]) => [name, {type: "string", default: value}]))});
const [threads, prompt, generated, repeat, seed] =
    ["threads", "n-prompt", "n-gen", "repeat", "seed"].map((name) => Number(values[name]));
const require = createRequire(path.resolve(positionals[0], "package.json"));
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(require.resolve("node-llama-cpp")));

const llama = await getLlama({gpu: false, build: "never", maxThreads: threads,
    logLevel: LlamaLogLevel.error});
const model = await llama.loadModel({modelPath: positionals[1]});
const context = await model.createContext({contextSize: prompt + generated, batchSize: 512, threads});
const sequence = context.getSequence();
const vocabulary = [...model.iterateAllTokens()].length;
let state = seed;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;

const speeds = {prompt: [], generation: []};
for (let round = 0; round <= repeat; ++round) {
    await sequence.clearHistory();
    const ids = Array.from({length: prompt}, () => Math.floor(random() * vocabulary));
    const begin = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(ids.slice(0, -1));
    const middle = performance.now();
    let count = 0;
    for await (const _token of sequence.evaluate(ids.slice(-1), {temperature: 0, yieldEogToken: true})) {
        if (++count === generated) break;
    }
    const end = performance.now();
    if (round === 0) continue;
    speeds.prompt.push((prompt - 1) * 1000 / (middle - begin));
    speeds.generation.push(count * 1000 / (end - middle));
}
console.log(`llama.cpp ${llama.llamaCppRelease?.release ?? ""}, ${threads} threads, ${positionals[1]}`);
for (const [name, list] of Object.entries(speeds)) {
    list.sort((a, b) => a - b);
    console.log(`${name.padEnd(10)} ${list[list.length >> 1].toFixed(1)} tokens/s `
        + `(${list[0].toFixed(1)} to ${list.at(-1).toFixed(1)})`);
}
await llama.dispose();
