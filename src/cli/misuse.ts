/** A command line that cannot be used as it is. */

import { BowerbirdError } from '../errors.ts';
import type { CommandName } from './flags/overview.ts';

/** A misuse knows the command whose help to point at. */
export class Misuse extends BowerbirdError {
  readonly topic: CommandName | undefined;

  constructor(message: string, topic?: CommandName) {
    super('USAGE', message);
    this.topic = topic;
  }
}
