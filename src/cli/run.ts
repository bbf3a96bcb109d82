/** One run of the command line: argv to a request, the request to output and an exit code. */

import { readFileSync } from 'node:fs';
import { unforeseen } from '../errors.ts';
import type { Api } from './api.ts';
import { byName, exit, tellFailure } from './failure.ts';
import { type CommandName, commandAt } from './flags/overview.ts';
import { asksForJson, generalRequest } from './general.ts';
import type { Io, Sink } from './io.ts';
import type { Request } from './parse.ts';
import { canRedraw, styleFor } from './style.ts';
import { type Talk, talkOn } from './talk.ts';
import { topHelp } from './top-help.ts';

/** Returns the exit code, when all output has reached the system. */
export async function run(io: Io, api: Api): Promise<number> {
  const talk = talkOn(io.stderr, styleFor(io.stderr, io.env), canRedraw(io.stderr, io.env));
  // Where the system gives no more descriptors, it is modules that cannot be loaded.
  const code = await answer(io, api, talk).catch((error) =>
    tellFailure(byName(unforeseen(error) ?? error), io, talk, asksForJson(io.argv)),
  );
  const fault = await io.stdout.flushed();
  // A reader that has seen enough (`| head`) is no failure; a full disk is one, since the result is not there.
  const lost = fault !== undefined && fault.code !== 'EPIPE';
  if (lost) talk.error(` IO: Cannot write the result to stdout: ${fault.message}`);
  await io.stderr.flushed();
  return lost && code === exit.done ? exit.failed : code;
}

async function answer(io: Io, api: Api, talk: Talk): Promise<number> {
  const request: Request = generalRequest(io.argv) ?? (await parsed(io.argv));
  switch (request.kind) {
    case 'nothing':
      io.stderr.write(await helpText(undefined, false, io.stderr, io));
      return exit.misuse;
    case 'help':
      io.stdout.write(await helpText(request.topic, request.long, io.stdout, io));
      return exit.done;
    case 'version':
      io.stdout.write(`bowerbird ${packageVersion()}\n`);
      return exit.done;
    case 'call': {
      if (request.command === 'completions') {
        const { completions } = await import('./completions.ts');
        io.stdout.write(completions(request.operands[0] as Parameters<typeof completions>[0]));
        return exit.done;
      }
      const { perform } = await import('./perform.ts');
      return await perform(request, io, api, talk);
    }
    default:
      return request satisfies never;
  }
}

async function parsed(argv: readonly string[]): Promise<Request> {
  const [{ parse }, { loadCommand }] = await Promise.all([import('./parse.ts'), import('./flags/load.ts')]);
  const name = commandAt(argv[0] === 'help' ? ['help'] : argv);
  const command = name === undefined ? undefined : await loadCommand(name);
  return parse(argv, () => command!);
}

async function helpText(topic: CommandName | undefined, long: boolean, sink: Sink, io: Io): Promise<string> {
  const options = { style: styleFor(sink, io.env), columns: sink.columns, long };
  if (topic === undefined) return topHelp(options);
  const [{ commandHelp }, { loadCommand }] = await Promise.all([import('./help.ts'), import('./flags/load.ts')]);
  return commandHelp(await loadCommand(topic), options);
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
