/** --names a2o-strict against Python's own `re` and `strptime`, over thousands of made and bent names. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** The rows of a JSON text, one string each, without losing digits of large numbers. */
const rowsOf = (text) => text.slice(1, -1).split(/(?<=\}), (?=\{"file_timestamp")/);

export async function checkNames(report, { bowerbird, work }) {
  const facts = JSON.parse(await readFile(`${work}/names/names.json`, 'utf8'));
  const passes = [
    ['mixed', 'a2o-strict', 'extract() takes and refuses the names that the notebook takes and refuses'],
    ['accepted', 'a2o', "extract() --names a2o reads the notebook's names as the notebook does"],
  ];
  for (const [part, names, title] of passes) {
    await report.group(title, async (expect) => {
      const outDir = `${work}/ours/names-${part}`;
      await bowerbird.extract({ inputs: [`${work}/names/${part}`], out: outDir, names, onError: 'skip', workers: 2 });
      const lines = (await readFile(`${outDir}/rejects.jsonl`, 'utf8').catch(() => '')).split('\n').filter(Boolean);
      const rejects = lines.map((line) => JSON.parse(line));
      for (const [file, { names: all, json, refused }] of Object.entries(facts[part])) {
        const here = rejects.filter(({ input }) => basename(input) === file);
        const dropped = new Map(here.map((reject) => [reject.record, reject]));
        for (const [i, name] of all.entries()) {
          const wanted = refused.includes(i);
          const reject = dropped.get(i);
          expect(
            wanted === (reject !== undefined) && (reject === undefined || reject.code === 'NAME_MISMATCH'),
            () =>
              `${file}, record ${i}: ${JSON.stringify(name.slice(0, 200))} must be ${wanted ? 'refused' : 'taken'}, found ${reject?.code ?? 'taken'}`,
          );
        }
        const made = await readFile(`${outDir}/metadata/${file}.json`, 'utf8');
        const [have, want] = [rowsOf(made), rowsOf(json)];
        if (expect(made === json, () => `${file}.json: ${have.length} rows, expected ${want.length}`)) continue;
        const at = want.findIndex((row, i) => row !== have[i]);
        expect(
          false,
          () => `${file}.json, row ${at}:\n  ours   ${have[at]?.slice(0, 400)}\n  python ${want[at]?.slice(0, 400)}`,
        );
      }
    });
  }
}
