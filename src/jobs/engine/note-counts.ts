/** What is odd about recordings, for whoever has many of them: notes that differ in their numbers only are one, counted. */

export interface NoteCount {
  /** As the first of the files has it. */
  readonly note: string;
  /** How many have one like it. */
  readonly files: number;
  readonly first: string;
  /** Their numbers are not those of the first. */
  readonly varies?: true;
}

/** Kinds of notes that are told apart; more come from files that somebody made up. */
const mostKinds = 100;
const others = 'Notes of other kinds';

export class NoteCounter {
  readonly #counts = new Map<string, { -readonly [K in keyof NoteCount]: NoteCount[K] }>();

  /** All notes of one file. */
  add(file: string, notes: readonly string[]): void {
    const kinds = new Map(notes.map((note) => [kindOf(note), note] as const));
    for (const note of kinds.values()) this.#count({ note, files: 1, first: file });
  }

  /** What another one counted, of files that come behind. */
  addAll(counts: readonly NoteCount[]): void {
    for (const count of counts) this.#count(count);
  }

  /** In the order in which they were met. */
  counts(): NoteCount[] {
    return [...this.#counts.values()];
  }

  #count({ note, files, first, varies }: NoteCount): void {
    const kind = kindOf(note);
    const isKnown = this.#counts.has(kind) || this.#counts.size < mostKinds;
    const key = isKnown ? kind : others;
    const before = this.#counts.get(key);
    if (before === undefined) {
      this.#counts.set(key, { note: isKnown ? note : others, files, first, ...(varies && { varies }) });
      return;
    }
    before.files += files;
    if (varies || (isKnown && before.note !== note)) before.varies = true;
  }
}

function kindOf(note: string): string {
  return note.replace(/\d+/g, '0');
}
