/** A small S3-like and web server in memory, for tests of what the client sends and of how it bears faults. */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Of the client's end of the connection. */
  readonly port: number;
}

/** True when it has answered itself. */
export type Fault = (request: Seen, response: ServerResponse, stored: Buffer | undefined) => boolean;

export interface ObjectServer {
  readonly url: string;
  /** By path, decoded: "bucket/key". */
  readonly objects: Map<string, Buffer>;
  readonly seen: Seen[];
  fault: Fault | undefined;
  close(): Promise<void>;
}

export const etagOf = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

export async function objectServer(): Promise<ObjectServer> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const seen: Seen[] = [];
  const server: Server = createServer(async (incoming, response) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const request = {
      method: incoming.method!,
      url: incoming.url!,
      headers: incoming.headers,
      body: Buffer.concat(parts),
      port: incoming.socket.remotePort!,
    };
    seen.push(request);
    const [path, query = ''] = request.url.split('?') as [string, string?];
    const name = decodeURIComponent(path.slice(1));
    if (handle.fault?.(request, response, objects.get(name)) === true) return;
    answer(request, response, name, new URLSearchParams(query));
  });

  function answer(
    { method, headers, body }: Seen,
    response: ServerResponse,
    name: string,
    query: URLSearchParams,
  ): unknown {
    const stored = objects.get(name);
    const end = (status: number, text = '', more: { [name: string]: string } = {}) => {
      response
        .writeHead(status, { 'content-length': Buffer.byteLength(text), ...more })
        .end(method === 'HEAD' ? undefined : text);
    };
    if (method === 'GET' && query.has('list-type')) return end(200, listing(name.replace(/\/$/, ''), query));
    if (method === 'GET' || method === 'HEAD') {
      if (stored === undefined) return end(404, '<Error><Code>NoSuchKey</Code></Error>');
      const etag = etagOf(stored);
      if (headers['if-match'] !== undefined && headers['if-match'] !== etag) return end(412);
      const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
      const from = Number(range?.[1] ?? 0);
      const to = range?.[2] ? Math.min(stored.length, Number(range[2]) + 1) : stored.length;
      if (range !== null && from >= stored.length) return end(416, '', { 'content-range': `bytes */${stored.length}` });
      const more = range === null ? {} : { 'content-range': `bytes ${from}-${to - 1}/${stored.length}` };
      response.writeHead(range === null ? 200 : 206, { etag, 'content-length': to - from, ...more });
      return response.end(method === 'HEAD' ? undefined : stored.subarray(from, to));
    }
    if (method === 'PUT' && query.has('uploadId')) {
      uploads.get(query.get('uploadId')!)?.set(Number(query.get('partNumber')), body);
      return end(200, '', { etag: etagOf(body) });
    }
    if (method === 'PUT') {
      if (headers['if-none-match'] === '*' && stored !== undefined) return end(412);
      if (headers['if-match'] !== undefined && (stored === undefined || headers['if-match'] !== etagOf(stored)))
        return end(412);
      objects.set(name, body);
      return end(200, '', { etag: etagOf(body) });
    }
    if (method === 'POST' && query.has('uploads')) {
      const id = `upload-${uploads.size}`;
      uploads.set(id, new Map());
      return end(200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    if (method === 'POST' && query.has('uploadId')) {
      const upload = uploads.get(query.get('uploadId')!);
      if (upload === undefined) return end(404, '<Error><Code>NoSuchUpload</Code></Error>');
      const whole = Buffer.concat([...upload].sort(([a], [b]) => a - b).map(([, part]) => part));
      uploads.delete(query.get('uploadId')!);
      objects.set(name, whole);
      return end(200, `<CompleteMultipartUploadResult><ETag>${etagOf(whole)}</ETag></CompleteMultipartUploadResult>`);
    }
    if (method === 'DELETE') {
      if (query.has('uploadId')) uploads.delete(query.get('uploadId')!);
      else objects.delete(name);
      return end(204);
    }
    return end(501);
  }

  function listing(bucket: string, query: URLSearchParams): string {
    const prefix = `${bucket}/${query.get('prefix') ?? ''}`;
    const names = [...objects.keys()].filter((name) => name.startsWith(prefix)).sort();
    const from = Number(query.get('continuation-token') ?? 0);
    const page = names.slice(from, from + 1000);
    const keyOf = (name: string) => encodeURIComponent(name.slice(bucket.length + 1)).replaceAll('%20', '+');
    const folderOf = (name: string) => {
      const end = query.get('delimiter') === '/' ? name.indexOf('/', prefix.length) : -1;
      return end < 0 ? undefined : name.slice(0, end + 1);
    };
    const contents = page
      .filter((name) => folderOf(name) === undefined)
      .map((name) => {
        const bytes = objects.get(name)!;
        const etag = etagOf(bytes).replaceAll('"', '&quot;');
        return `<Contents><Key>${keyOf(name)}</Key><Size>${bytes.length}</Size><ETag>${etag}</ETag></Contents>`;
      });
    const folders = new Set(page.flatMap((name) => folderOf(name) ?? []));
    const prefixes = [...folders].map((name) => `<CommonPrefixes><Prefix>${keyOf(name)}</Prefix></CommonPrefixes>`);
    const more = from + 1000 < names.length;
    const next = more ? `<NextContinuationToken>${from + 1000}</NextContinuationToken>` : '';
    const body = [...contents, ...prefixes].join('');
    return `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${next}${body}</ListBucketResult>`;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const handle: ObjectServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    seen,
    fault: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return handle;
}

/** Small and seeded: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface FaultCounts {
  refused: number;
  reset: number;
  truncated: number;
  slow: number;
}

/** 5 % 503; of reads, one in twelve is cut in the middle, ends early as if that were all, or dawdles. */
export function weather(seed: number): { readonly fault: Fault; readonly counts: FaultCounts } {
  const random = randomFrom(seed);
  const counts: FaultCounts = { refused: 0, reset: 0, truncated: 0, slow: 0 };
  // Requests come in another order every time, so kinds of bad reads take turns: a run of forty reads has met them all.
  let [requests, reads] = [0, seed % 12];
  const fault: Fault = ({ method, headers, url }, response, stored) => {
    if (random() < 0.05 || ++requests === 7) {
      counts.refused++;
      response.writeHead(503, { 'content-length': 0 }).end();
      return true;
    }
    const isRead = method === 'GET' && stored !== undefined && !url.includes('?') && headers['if-match'] !== '"none"';
    if (!isRead) return false;
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    const asked = /^bytes=\d+-(\d+)$/.exec(headers.range ?? '')?.[1];
    const to = asked === undefined ? stored.length : Math.min(stored.length, Number(asked) + 1);
    if (to - from < 2 || ++reads % 12 !== 0) return false;
    const kind = (reads / 12) % 3;
    const half = stored.subarray(from, from + ((to - from) >> 1));
    const base = { etag: etagOf(stored), 'content-range': `bytes ${from}-${to - 1}/${stored.length}` };
    if (kind === 1) {
      counts.reset++;
      response.writeHead(206, { ...base, 'content-length': to - from });
      response.write(half, () => response.destroy());
    } else if (kind === 2) {
      counts.truncated++;
      response.writeHead(206, { ...base, 'content-length': half.length }).end(half);
    } else {
      counts.slow++;
      response.writeHead(206, { ...base, 'content-length': to - from });
      response.write(half);
      setTimeout(() => response.end(stored.subarray(from + half.length, to)), 20);
    }
    return true;
  };
  return { fault, counts };
}
