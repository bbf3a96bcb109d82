import { readFileSync, writeSync } from 'node:fs';
import { withParts } from '../../../dist/jobs/engine/outputs.js';

/** Lines that begin with "!" are rejected. */
export async function run(unit, { lines, failing }, context) {
  return withParts(unit, context, false, async (parts, rejects) => {
    const all = readFileSync(unit.input.uri, 'utf8').split('\n').filter(Boolean);
    const kept = all.filter((line) => !line.startsWith('!'));
    for (const line of all) if (line.startsWith('!')) rejects.write({ input: unit.input.uri, line });
    const sizes = [];
    for (let i = 0; i < kept.length; i += lines) {
      const text = `${kept.slice(i, i + lines).join('\n')}\n`;
      writeSync(parts.open().fd, text);
      sizes.push(text.length);
      if (unit.id === failing && parts.count === 2) throw new Error('It broke');
    }
    const outputs = parts.names().map((name, i) => ({ name, bytes: sizes[i], crc32c: '00000000' }));
    return { unit: unit.id, input: unit.input, outputs, records: kept.length, rejects: all.length - kept.length };
  });
}
