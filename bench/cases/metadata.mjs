// What does an entry of the metadata cost, and which share of an extraction is it?
//
// Records of one value a window are nearly all metadata: twelve windows against one, over the same number of records, leave the price
// of eleven entries, made and written by the command. In JavaScript the same text is made, and not written, from a name that is already parsed.

import { mkdirSync, rmSync } from 'node:fs';
import { makeA2oLike } from '../../scripts/a2o-like.mjs';
import { bowerbird } from '../common/bench.mjs';
import { a2oFiles, made, warm } from '../common/data.mjs';
import { timed } from '../common/native-pass.mjs';
import { cost } from '../common/process.mjs';
import { median, table } from '../common/stats.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const records = bench.size(60_000, 600);
  const thin = (/** @type {number} */ windows) =>
    made(bench, `thin-${windows}`, (dir) => makeA2oLike(dir, { files: 1, records, windows: () => windows, width: 1 }))
      .paths;
  const [one, twelve] = [thin(1), thin(12)];
  warm([...one, ...twelve]);
  const input = a2oFiles(bench, bench.gib(2));
  warm(input.paths);

  /** @type {{ [name: string]: number[] }} */
  const nanos = { extract: [], 'template strings': [], 'JSON.stringify of objects': [] };
  /** @type {number[]} */
  const runs = [];
  const out = bench.out();
  const extract = (/** @type {readonly string[]} */ inputs) => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
    return cost([...bowerbird, 'extract', ...inputs, '--out', out, '--workers', '1', '--json', '--quiet']);
  };
  let rows = 0;
  for (let round = -1; round < bench.rounds(7); round++) {
    const price = {
      extract: (extract(twelve).cpu - extract(one).cpu) / (11 * records),
      'template strings': timed(() => template(records * 12)).cpu / (12 * records),
      'JSON.stringify of objects': timed(() => stringify(records * 12)).cpu / (12 * records),
    };
    const { cpu, stdout } = extract([input.dir]);
    if (round < 0) continue;
    rows = JSON.parse(stdout).rows;
    runs.push(cpu);
    for (const [name, seconds] of Object.entries(price)) nanos[name].push(seconds * 1e9);
    bench.raw({ round, ...price, extractCpu: cpu, rows });
  }
  rmSync(out, { recursive: true, force: true });
  const own = median(nanos['extract']);
  const ns = (/** @type {number} */ value) => value.toFixed(1);
  bench.say(
    table([
      ['an entry, made by', 'ns median', 'best', 'worst', '÷ extract'],
      ...Object.entries(nanos).map(([name, all]) => [
        name,
        ns(median(all)),
        ns(Math.min(...all)),
        ns(Math.max(...all)),
        ns(median(all) / own),
      ]),
    ]),
  );
  const share = (own * rows) / 1e9 / median(runs);
  bench.say(
    `extract --workers 1 of ${(input.bytes / 2 ** 30).toFixed(1)} GiB makes ${rows} entries in ${median(runs).toFixed(2)} CPU seconds: ` +
      `making and writing the metadata is ${(share * 100).toFixed(1)} % of them.`,
  );
}

const name = {
  file_timestamp: 1601511000,
  file_seconds_since_midnight: 0,
  site_id: '0280',
  site_name: 'Five-Rivers',
  subsite_name: 'Wet-B',
  file_seq_id: 49500,
  filename: 'site_0280/20201001T000000+1030_Five-Rivers-Wet-B_49500.flac',
};

/** @param {number} entries */
function template(entries) {
  let bytes = 0;
  for (let i = 0; i < entries; i += 12) {
    let text = '';
    for (let w = 0; w < 12; w++) {
      text +=
        `{"file_timestamp": ${name.file_timestamp}, "file_seconds_since_midnight": ${name.file_seconds_since_midnight}, ` +
        `"recording_offset_in_file": ${((i * 5) % 7200) + w * 5}, "site_id": ${JSON.stringify(name.site_id)}, ` +
        `"site_name": ${JSON.stringify(name.site_name)}, "subsite_name": ${JSON.stringify(name.subsite_name)}, ` +
        `"file_seq_id": ${name.file_seq_id}, "filename": ${JSON.stringify(name.filename)}}, `;
    }
    bytes += Buffer.from(text).length;
  }
  return { bytes };
}

/** @param {number} entries */
function stringify(entries) {
  let bytes = 0;
  for (let i = 0; i < entries; i += 12) {
    const list = [];
    for (let w = 0; w < 12; w++) list.push({ ...name, recording_offset_in_file: ((i * 5) % 7200) + w * 5 });
    bytes += Buffer.from(JSON.stringify(list)).length;
  }
  return { bytes };
}
