/** How long a message takes to be taken apart, at worst: `node benchmarks/markdown.mjs [messages] [seed]`. */
import { load } from "../tests/js/setup.mjs";
import { search } from "../tests/js/texts.mjs";
import { slowest } from "./slowest.mjs";

const { blocksOf } = await load("chat/markdown.js");
const [rounds = 1000, seed = 1] = process.argv.slice(2).map(Number);

const worst = slowest({ search, rounds, seed, take: blocksOf });
console.log(`${rounds} messages, seed ${seed}: the worst took ${worst.cost.toFixed(2)} ms`);
console.log(JSON.stringify(worst.text.slice(0, 160)));
