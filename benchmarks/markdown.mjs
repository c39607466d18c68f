/**
 * How long a message takes to be taken apart, at worst: `node benchmarks/markdown.mjs [messages] [seed]`.
 *
 * The known bad texts, and as many more as asked for (1,000), each grown from those that cost most so far; 4,000
 * characters each. A cost is the least of three times, and of sixty where that is more than any before, on a warm
 * engine: what others do on the machine meanwhile is left out.
 */
import { load } from "../tests/js/setup.mjs";
import { search } from "../tests/js/texts.mjs";

const { blocksOf } = await load("chat/markdown.js");
const [rounds = 1000, seed = 1] = process.argv.slice(2).map(Number);

let most = 0;

function cost(text) {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 3 || (least > most && time < 60); time += 1) {
    const begun = performance.now();
    blocksOf(text);
    least = Math.min(least, performance.now() - begun);
  }
  most = Math.max(most, least);
  return least;
}

search({ seed: seed + 1, rounds: 100, length: 4000, cost }); // warm up
most = 0;
const worst = search({ seed, rounds, length: 4000, cost });
console.log(`${rounds} messages, seed ${seed}: the worst took ${worst.cost.toFixed(2)} ms`);
console.log(JSON.stringify(worst.text.slice(0, 160)));
