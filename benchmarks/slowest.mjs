/** The text that takes longest: in Node.js (markdown.mjs) and in a browser (markdown.py). */

/**
 * The worst of the known bad texts and of as many more (`rounds`), each grown from those that cost most so far. A cost
 * is the least of three times, and of sixty where that is more than any before, on a warm engine: what others do on the
 * machine meanwhile is left out.
 *
 * `search`: of tests/js/texts.mjs; `take`: what is timed, `before`: what is done before each time and isn't.
 */
export function slowest({ search, rounds, seed, length = 4000, take, before = () => {} }) {
  let most = 0;
  const cost = (text) => {
    let least = Number.POSITIVE_INFINITY;
    for (let time = 0; time < 3 || (least > most && time < 60); time += 1) {
      before();
      const begun = performance.now();
      take(text);
      least = Math.min(least, performance.now() - begun);
    }
    most = Math.max(most, least);
    return least;
  };
  search({ seed: seed + 1, rounds: 100, length, cost }); // warm up
  most = 0;
  return search({ seed, rounds, length, cost });
}
