/** One line for each group of checks, and the count at the end. */

const shown = 5;

export function makeReport(print = console.log) {
  let passed = 0;
  let failed = 0;
  return {
    /**
     * Runs one group. `check(expect)` calls `expect(holds, words)` for everything it compares; `words` may be a
     * function, called only on failure.
     */
    async group(name, check) {
      const wrong = [];
      let compared = 0;
      const expect = (holds, words) => {
        compared++;
        if (!holds) wrong.push(typeof words === 'function' ? words() : words);
        return holds;
      };
      const started = performance.now();
      try {
        await check(expect);
        if (compared === 0) wrong.push('nothing was compared');
      } catch (error) {
        wrong.push(error.stack ?? String(error));
      }
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (wrong.length === 0) {
        passed++;
        print(`ok    ${name} (${compared} checks, ${seconds} s)`);
        return;
      }
      failed++;
      print(`FAIL  ${name} (${wrong.length} of ${compared} checks, ${seconds} s)`);
      for (const words of wrong.slice(0, shown)) print(`        ${words.replaceAll('\n', '\n        ')}`);
      if (wrong.length > shown) print(`        and ${wrong.length - shown} more`);
    },
    /** Prints the closing line; returns the exit code. */
    close() {
      print(`interop: ${passed} passed, ${failed} failed`);
      return failed === 0 ? 0 : 1;
    },
  };
}

/** Where two byte strings part, in words. */
export function difference(ours, theirs) {
  const shortest = Math.min(ours.length, theirs.length);
  let at = 0;
  while (at < shortest && ours[at] === theirs[at]) at++;
  const around = (bytes) =>
    JSON.stringify(Buffer.from(bytes.subarray(Math.max(0, at - 40), at + 40)).toString('latin1'));
  return `${ours.length} bytes, expected ${theirs.length}; they part at byte ${at}:\n  ours   ${around(ours)}\n  theirs ${around(theirs)}`;
}
