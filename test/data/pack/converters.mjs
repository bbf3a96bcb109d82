// Converters as users write them.

export class Parts {
  converterName = 'parts';

  constructor(options) {
    this.options = options;
  }

  parts() {
    return this.options.parts.map((name) => ({ name }));
  }

  async *samples({ name }) {
    for (const i of [0, 1]) yield { text: `${name}${i}` };
  }
}

export class Keyed {
  converterName = 'keyed';

  constructor(options) {
    this.options = options;
  }

  *samples() {
    for (const key of this.options.keys) yield [key, { text: key }];
  }
}
