/** What of a URI may be shown. A password or a signature in a link opens what the link names to whoever reads it. */

import { createRequire } from 'node:module';

/** Parameters that say which object or how it is wanted, as long as their values are plain words. */
const harmless: ReadonlySet<string> = new Set([
  ...[
    'versionid',
    'generation',
    'snapshot',
    'version',
    'rev',
    'revision',
    'ref',
    'alt',
    'download',
    'dl',
    'raw',
    'format',
  ],
]);
const plainValue = /^[\w.~-]{0,100}$/;

/** Parameters that say who may read, and until when: two links that differ in nothing else lead to the same object. */
const credentials = [
  // Amazon, Google, Alibaba, Tencent, Huawei, Baidu, Microsoft, and what may be signed along with them.
  /^x-(amz|goog|oss|cos|obs|bce|ms|tos)-/,
  /^(response-|x-id$)/,
  /^(aws|oss)?accesskeyid$|^googleaccessid$|^key-pair-id$|^policy$|^(q-)?(sig|sign|signature)(-.*)?$|^expir(es|y|ation)$/,
  /^\w*token(__)?$|^hdn(ea|ts|tl)$/,
  /^(jwt|auth|authorization|credentials?|pass|passwd|password|passphrase|pwd|pin|secret|session|sessionid|sid)$/,
  /^(api|auth|access|client|shared|account|subscription|app)[-_]?(key|secret|id_token)$/,
];
/** Azure's short names, which mean this only beside a signature. */
const besideSig = /^(sv|ss|srt|sr|se|st|sp|spr|sip|si|sdd|ses|sks|skt|ske|skv|skoid|sktid|saoid|suoid|scid)$/;

/** A URI somewhere in a text. */
const uriWithin = /\b(?:https?:|[a-z][a-z0-9+.-]*:\/\/)[^\s"]*/gi;

/** Already said to be left out. */
const mark = /^\.\.\.[0-9a-f]*$/;

/**
 * The URI without passwords and without values of parameters, but for those that are known to be harmless. Links that differ only in who may
 * read them look alike; what other parameters say is told apart by twelve digits of a SHA-256. What was shown is shown as it is.
 */
export function shown(uri: string): string {
  const scheme = /^(?:(https?):\/*|(?!file:)[a-z][a-z0-9+.-]*:\/\/)/i.exec(uri);
  // What stands in front of it, a blank or a folder, makes a link no harmless text.
  if (scheme === null) return uri.replace(uriWithin, (found) => (found === uri ? found : shown(found)));
  const whole = scheme[0] + withoutUser(uri.slice(scheme[0].length));
  const path = /^[^?]*/.exec(whole)![0];
  const query = whole.slice(path.length + 1);
  if (scheme[1] !== undefined) return path.includes('#') ? path.replace(/#.*$/s, '') : path + shownQuery(path, query);
  // Elsewhere "?" is a character like others, also of globs; a signature there was meant for a web server.
  return partsOf(query).some(({ name }) => isCredential(name, true)) ? path + shownQuery(path, query) : whole;
}

/** Whether shown() leaves something out. */
export function holdsSecrets(uri: string): boolean {
  return shown(uri) !== uri;
}

/** A sentence whose URIs are as shown() has them. */
export function withoutSecrets(text: string): string {
  if (!/:\/\/|https?:/i.test(text)) return text;
  return text.replace(
    /"((?:https?:|[a-z][a-z0-9+.-]*:\/\/)[^"]*)"|\b(?:https?:|[a-z][a-z0-9+.-]*:\/\/)[^\s"]*/gi,
    (whole, quoted?: string) => (quoted === undefined ? shown(whole) : `"${shown(quoted)}"`),
  );
}

/** What went wrong below, without what libraries hang on it: addresses, requests, answers. */
export function bareCause(error: unknown): Error {
  const { message, stack, name, ...rest } = error as Error & { readonly [key: string]: unknown };
  const bare = new Error(withoutSecrets(message ?? String(error)));
  bare.name = name ?? 'Error';
  if (typeof stack === 'string') bare.stack = withoutSecrets(stack);
  for (const key of ['code', 'errno', 'syscall', 'hostname', 'port'] as const) {
    const value = rest[key] ?? (error as { readonly [key: string]: unknown })[key];
    if (typeof value === 'string' || typeof value === 'number') Object.assign(bare, { [key]: value });
  }
  return bare;
}

/** A password may hold "/", "?" and "#" that nobody escaped: then the last "@" of all ends it. */
function withoutUser(rest: string): string {
  const authority = /^[^/?#]*/.exec(rest)![0];
  const user = authority.lastIndexOf('@');
  if (user >= 0) return rest.slice(user + 1);
  const isPort = authority.startsWith('[') || /^[^:]*(:\d*)?$/.test(authority);
  return isPort ? rest : rest.slice(rest.lastIndexOf('@') + 1);
}

function shownQuery(path: string, query: string): string {
  const parts = partsOf(query.replace(/#.*$/s, ''));
  const signed = parts.some(({ name }) => name === 'sig');
  const isPlain = ({ text, name, value }: Part) => mark.test(text) || (harmless.has(name) && plainValue.test(value));
  const hidden = parts.filter((part) => !isPlain(part));
  const told = hidden.filter(({ name }) => !isCredential(name, signed)).map(({ text }) => text);
  const texts = parts.filter(isPlain).map(({ text }) => text);
  if (hidden.length > 0) texts.push(`...${told.length === 0 ? '' : digest([path, ...told.sort()].join('\n'))}`);
  return texts.length === 0 ? '' : `?${texts.join('&')}`;
}

interface Part {
  readonly text: string;
  readonly name: string;
  readonly value: string;
}

function partsOf(query: string): Part[] {
  return query
    .split(/[&;]/)
    .filter((text) => text !== '')
    .map((text) => {
      const equals = text.indexOf('=');
      const name = unescaped(equals < 0 ? text : text.slice(0, equals)).toLowerCase();
      return { text, name, value: equals < 0 ? '' : text.slice(equals + 1) };
    });
}

function isCredential(name: string, signed: boolean): boolean {
  return credentials.some((pattern) => pattern.test(name)) || (signed && besideSig.test(name));
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // No escape at all: then it is what it looks like.
    return text;
  }
}

/** Loaded where there is something to hide: every command loads this module. */
function digest(text: string): string {
  const { createHash } = createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto');
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
