// Loaded before everything else by test-sanitize.mjs, in threads and child processes too: the addon is taken from where the sanitizers are.
const Module = require('node:module');

const load = Module._extensions['.node'];
Module._extensions['.node'] = (module, path) =>
  load(module, path.endsWith('/bowerbird.node') ? process.env.BOWERBIRD_SANITIZED : path);
