// AudioMDB's example of a converter: rows of a database, here of SQLite by sql.js.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Converter } from 'bowerbird';
import initSqlJs from 'sql.js';

export class DatabaseConverter extends Converter {
  get converterName() {
    return 'database';
  }

  async *samples() {
    const { file, query } = this.options;
    const { Database } = await initSqlJs();
    const database = new Database(await readFile(file));
    try {
      const rows = database.prepare(query);
      while (rows.step()) {
        const { audio_path, transcript, ...metadata } = rows.getAsObject();
        yield { audio: resolve(dirname(file), audio_path), text: transcript, metadata };
      }
    } finally {
      database.close();
    }
  }
}
