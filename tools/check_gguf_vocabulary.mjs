// Do llama.cpp and `lucie tokenizer encode --as-llama-cpp` make the same ids of every line? That is
// what the printed share of lines rests on (src/tokenizer/gguf_fidelity.h). Exit 3 when not.
//
//     npm install --prefix DIR --omit=optional node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
//     lucie tokenizer export TOKENIZER --out vocab.gguf
//     node tools/check_gguf_vocabulary.mjs DIR LUCIE vocab.gguf TEXT [TEXT...]
//
// With "-" for LUCIE it prints llama.cpp's ids, a line of JSON for each line.
import {execFileSync} from "node:child_process";
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [directory, lucie, gguf, ...texts] = process.argv.slice(2);
const require = createRequire(path.resolve(directory, "package.json"));
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(require.resolve("node-llama-cpp")));

const llama = await getLlama({gpu: false, build: "never", maxThreads: 1,
    logLevel: LlamaLogLevel.fatal});
const model = await llama.loadModel({modelPath: gguf, vocabOnly: true});
let lines = 0;
let different = 0;
for (const file of texts) {
    const text = readFileSync(file, "utf-8").replace(/\n$/, "").split("\n");
    if (lucie === "-") {
        for (const line of text) console.log(JSON.stringify(model.tokenize(line, false)));
        continue;
    }
    const ours = execFileSync(lucie, ["tokenizer", "encode", gguf, "--as-llama-cpp", "--no-special",
        "--lines", "--json", "--file", file], {maxBuffer: 1 << 30}).toString().trim().split("\n");
    if (ours.length !== text.length) throw new Error(`${ours.length} for ${text.length} lines`);
    for (let i = 0; i < text.length; ++i) {
        const theirs = JSON.stringify(model.tokenize(text[i], false));
        ++lines;
        if (theirs === ours[i]) continue;
        if (++different <= 5) {
            console.log(`${file}:${i + 1}: ${JSON.stringify(text[i].slice(0, 100))}`);
            console.log(`  llama.cpp ${theirs.slice(0, 200)}\n  lucie     ${ours[i].slice(0, 200)}`);
        }
    }
}
await llama.dispose();
if (lucie !== "-") console.log(`${path.basename(gguf)}: ${lines - different} of ${lines} lines alike`);
process.exit(different === 0 ? 0 : 3);
