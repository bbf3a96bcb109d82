/** Options that scan, build and card of datasets share. */

import type { OptionTable } from '../../../option-tables.ts';
import { integer, isPath, isText, optional } from '../../../options.ts';

export const usualPlanName = 'work_plan.json';

/** Who may read and write; never part of a journal, a manifest or a message. */
const secret = {
  ...optional<string>('text', isText),
  found: () => 'what was given',
  decides: 'place',
} as const;
const preferEnvironment = 'What is typed is seen by everybody on this machine and kept by shells: prefer';

export const accessOptions = {
  r2EndpointUrl: {
    ...optional<string>('a URL such as https://ACCOUNT.r2.cloudflarestorage.com', isText),
    decides: 'place',
    flag: {
      placeholder: 'URL',
      help: 'Where r2:// is',
      byDefault: 'R2_ENDPOINT_URL',
      variable: 'R2_ENDPOINT_URL',
      alsoKnownAs: ['endpoint', 'endpoint-url', 'r2-endpoint'],
    },
  },
  r2AccessKeyId: {
    ...secret,
    flag: {
      placeholder: 'KEY',
      help: 'Who reads r2://',
      byDefault: 'R2_ACCESS_KEY_ID',
      more: `${preferEnvironment} the variable, or .env.`,
      variable: 'R2_ACCESS_KEY_ID',
      alsoKnownAs: ['access-key', 'access-key-id'],
    },
  },
  r2SecretAccessKey: {
    ...secret,
    flag: {
      placeholder: 'SECRET',
      help: 'The secret of that key',
      byDefault: 'R2_SECRET_ACCESS_KEY',
      more: `${preferEnvironment} the variable, or .env.`,
      variable: 'R2_SECRET_ACCESS_KEY',
      alsoKnownAs: ['secret-key', 'secret-access-key'],
    },
  },
} as const satisfies OptionTable;

export const hfToken = {
  ...secret,
  flag: {
    placeholder: 'TOKEN',
    help: 'Who writes to the Hub',
    byDefault: 'HF_TOKEN',
    more: `${preferEnvironment} the variable, or .env.`,
    variable: 'HF_TOKEN',
    alsoKnownAs: ['token', 'hub-token'],
  },
} as const;

export const source = {
  ...optional<string>('a folder, or a URI such as s3://bucket/processed/', isPath),
  decides: 'place',
  flag: {
    placeholder: 'DIR|URI',
    completes: 'folders',
    help: 'Where the folders LANGUAGE/EPISODE are',
    byDefault: 'r2://R2_BUCKET/processed/',
    alsoKnownAs: ['input', 'bucket', 'prefix', 'from-bucket'],
  },
} as const;

export const plan = {
  ...optional<string>('a path', isPath),
  decides: 'place',
  flag: {
    placeholder: 'FILE',
    completes: 'files',
    help: 'The work plan: episodes by language',
    byDefault: `${usualPlanName} in --state`,
    alsoKnownAs: ['work-plan', 'plan-file'],
  },
} as const;

export const state = {
  ...optional<string>('a folder', isPath),
  fallback: '.',
  decides: 'place',
  flag: {
    placeholder: 'DIR',
    completes: 'folders',
    help: 'Where plan, progress.log and journal are',
    byDefault: 'the working directory',
    alsoKnownAs: ['state-dir', 'work-dir'],
  },
} as const;

export function language(help: string) {
  return {
    ...optional<string | readonly string[]>(
      'a language such as "de", or a list of them',
      (v) => isText(v) || (Array.isArray(v) && v.length > 0 && v.every(isText)),
    ),
    decides: 'course',
    flag: {
      placeholder: 'LANG',
      repeats: true,
      expected: 'languages such as en or en,de',
      help,
      byDefault: 'all',
      more: 'May be given several times, or with commas. en-US, en_gb and ENG are en.',
      alsoKnownAs: ['lang', 'languages'],
    },
  } as const;
}

export const limitPerLanguage = {
  ...integer(1, Number.MAX_SAFE_INTEGER, undefined),
  decides: 'course',
  flag: {
    placeholder: 'N',
    help: 'Take the first N episodes of each language alone',
    byDefault: 'all',
    more: 'For trials. Only while a plan is made: episodes that are in a plan stay in it.',
    alsoKnownAs: ['limit', 'max-per-language'],
  },
} as const;

export const repo = {
  ...optional<string>('a repository such as org/name', isText),
  decides: 'place',
  flag: {
    placeholder: 'ORG/NAME',
    help: 'The dataset of the Hub that gets the files',
    byDefault: 'HF_REPO_ID',
    more: 'Also as hf://datasets/ORG/NAME. Made when it is not there.',
    variable: 'HF_REPO_ID',
    alsoKnownAs: ['repo-id', 'dataset', 'hub'],
  },
} as const;

export const out = {
  ...optional<string>('a folder', isPath),
  decides: 'place',
  flag: {
    short: 'o',
    placeholder: 'DIR',
    completes: 'folders',
    help: "Write the repository's files here instead",
    byDefault: 'to the Hub',
    alsoKnownAs: ['output', 'output-dir', 'dest', 'local'],
  },
} as const;
