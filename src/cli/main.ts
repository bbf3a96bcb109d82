#!/usr/bin/env node
/** The `bowerbird` command: joins the real process and the public functions to run(). */

import { api } from './api.ts';
import { processIo } from './io.ts';
import { run } from './run.ts';

// run() has flushed both outputs, so nothing is pending when the process ends.
process.exit(await run(processIo(process), api));
