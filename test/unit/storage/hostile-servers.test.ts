/** Servers that never end, send what was not asked for, or answer nonsense: every one is an error that names it, within bounds. */

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { openGcs } from '../../../src/storage/gcs/gcs.ts';
import { openHttp } from '../../../src/storage/http.ts';
import { openHub } from '../../../src/storage/hub/hub.ts';
import { speedOf } from '../../../src/storage/pace.ts';
import { openS3 } from '../../../src/storage/s3/s3.ts';
import { elementsOf, isXml, textOf } from '../../../src/storage/s3/xml.ts';
import type { ReadableStorage } from '../../../src/storage/storage.ts';

const impatience = { tries: 5, firstWaitMs: 1, mostWaitMs: 2 };
const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

interface Kind {
  readonly name: string;
  readonly prefix: string;
  open(url: string, patience?: typeof impatience): Promise<ReadableStorage>;
  /** A page that says that there is another, behind `token`. */
  page(
    token: string,
    names: readonly string[],
  ): { readonly body: string; readonly headers?: { readonly link: string } };
}

const s3: Kind = {
  name: 's3',
  prefix: 's3://bucket/',
  open: (url, patience = impatience) => {
    const values: { [name: string]: string } = {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      HOME: '/nonexistent',
    };
    return openS3((name) => values[name], patience);
  },
  page: (token, names) => {
    const contents = names.map((name) => `<Contents><Key>${name}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`);
    const next = `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;
    return { body: `<ListBucketResult>${next}${contents.join('')}</ListBucketResult>` };
  },
};
const gcs: Kind = {
  name: 'gs',
  prefix: 'gs://bucket/',
  open: (url, patience = impatience) =>
    openGcs((name) => (name === 'STORAGE_EMULATOR_HOST' ? url : undefined), patience),
  page: (token, names) => {
    const items = names.map((name) => ({ name, size: '1', generation: '1' }));
    return { body: JSON.stringify({ items, nextPageToken: token }) };
  },
};
const hub: Kind = {
  name: 'hf',
  prefix: 'hf://datasets/a/b/',
  open: async (url, patience = impatience) => {
    const values: { [name: string]: string } = { HF_ENDPOINT: url, HF_TOKEN: 'hf_token' };
    return openHub((name) => values[name], patience);
  },
  page: (token, names) => ({
    body: JSON.stringify(names.map((path) => ({ type: 'file', path, size: 1, oid: 'e' }))),
    headers: { link: `</api/datasets/a/b/tree/main?cursor=${token}>; rel="next"` },
  }),
};
const kinds = [s3, gcs, hub];

const failure = async (work: Promise<unknown>): Promise<BowerbirdError> => {
  const error = await work.then(
    () => undefined,
    (e) => e,
  );
  expect(error).toBeInstanceOf(BowerbirdError);
  return error;
};

async function listAll(storage: ReadableStorage, prefix: string): Promise<number> {
  let count = 0;
  for await (const page of storage.list(prefix)) count += page.length;
  return count;
}

describe.each(kinds)('list() of $name', ({ prefix, open, page }) => {
  const answering = (tokens: (request: number) => string, names: (request: number) => readonly string[]) => {
    const counts = { requests: 0 };
    const listener: RequestListener = (_, response) => {
      const { body, headers = {} } = page(tokens(counts.requests), names(counts.requests));
      counts.requests++;
      response.writeHead(200, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
    };
    return { counts, listener };
  };

  test('ends where the same token comes for ever', async () => {
    const { counts, listener } = answering(
      () => 'again',
      (i) => [`name-${i}`],
    );
    const error = await failure(listAll(await open(await serve(listener)), prefix));
    expect(error).toMatchObject({ code: 'IO', source: prefix });
    expect(error.message).toMatch(/leads back to a page that was read before/);
    expect(counts.requests).toBe(2);
  });

  test('ends where tokens go in a circle', async () => {
    const { counts, listener } = answering(
      (i) => `token-${i % 7}`,
      (i) => [`name-${i}`],
    );
    expect((await failure(listAll(await open(await serve(listener)), prefix))).code).toBe('IO');
    expect(counts.requests).toBe(8);
  });

  test('ends where new tokens lead to empty pages for ever', async () => {
    const { counts, listener } = answering(
      (i) => `token-${i}`,
      () => [],
    );
    expect((await failure(listAll(await open(await serve(listener)), prefix))).message).toMatch(/in a row are empty/);
    expect(counts.requests).toBe(1000);
  });

  test('ends where one answer goes on for ever, and does not ask again', async () => {
    let [requests, bytes] = [0, 0];
    const block = Buffer.alloc(1 << 20, 32);
    const url = await serve((_, response) => {
      requests++;
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(block)) bytes += block.length;
      };
      response.on('drain', more);
      more();
    });
    const error = await failure(listAll(await open(url), prefix));
    expect(error).toMatchObject({ code: 'IO', source: prefix });
    expect(error.message).toMatch(/longer than 33554432 bytes/);
    expect(requests).toBe(1);
    expect(bytes).toBeLessThan(100 << 20);
  });

  const nonsense = ['[]', '{}', 'null', '7', '{"items":7}', '{"items":[null]}', '[{"type":"file"}]', '[null]', '"x"'];
  test.each([...nonsense, ''])('%j is no answer, or an empty one', async (body) => {
    const url = await serve((_, response) => response.writeHead(200).end(body));
    const found = await listAll(await open(url), prefix).catch((error) => error);
    if (found !== 0) expect(found).toMatchObject({ name: 'BowerbirdError', code: 'IO', source: prefix });
  });
});

test.each(['&#x110000;', '&#1114112;', '&#xffffffffffff;'])('s3: %s is an error of the server', async (reference) => {
  const body = `<ListBucketResult><Contents><Key>a${reference}</Key><Size>1</Size></Contents></ListBucketResult>`;
  const url = await serve((_, response) => response.writeHead(200).end(body));
  const error = await failure(listAll(await s3.open(url), 's3://bucket/'));
  expect(error).toMatchObject({ code: 'IO', source: 's3://bucket/' });
  expect(error.message).toContain(`"${reference}" is no character`);
  // In the words of a refusal too.
  const refusing = await serve((_, response) =>
    response.writeHead(403).end(`<Error><Code>AccessDenied</Code><Message>${reference}</Message></Error>`),
  );
  expect((await failure(listAll(await s3.open(refusing), 's3://bucket/'))).message).toContain('AccessDenied');
});

test.each(['-1', '1.5', 'x', '99999999999999999999', ''])(
  's3: a size of "%s" is an error of the server',
  async (size) => {
    const body = `<ListBucketResult><Contents><Key>a</Key><Size>${size}</Size></Contents></ListBucketResult>`;
    const url = await serve((_, response) => response.writeHead(200).end(body));
    expect(await failure(listAll(await s3.open(url), 's3://bucket/'))).toMatchObject({ code: 'IO' });
  },
);

test('s3: a key with an escape that is none is an error of the server', async () => {
  const body =
    '<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%zz</Key><Size>1</Size></Contents></ListBucketResult>';
  const url = await serve((_, response) => response.writeHead(200).end(body));
  expect(await failure(listAll(await s3.open(url), 's3://bucket/'))).toMatchObject({ code: 'IO' });
});

test('elements without an end are looked for once, not once for each beginning', () => {
  const xml = '<Contents>'.repeat(200_000);
  expect(elementsOf(xml, 'Contents')).toEqual([]);
  expect(isXml(Buffer.from(xml))).toBe(false);
  expect(elementsOf('<A><B/><B x="1">c</B ><B>d</B><Bc>e</Bc></A>', 'B')).toEqual(['', 'c</B ><B>d']);
  expect(textOf('<A>&amp;&#38;&#x26;</A>', 'A')).toBe('&&&');
  expect(isXml(Buffer.from('<?xml version="1.0"?>\n<A x="1"><B></B></A>\n'))).toBe(true);
});

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
const web: Kind = { ...s3, name: 'http', prefix: '', open: async (_, patience = impatience) => openHttp(patience) };

describe.each([...kinds, web])('read() of $name', ({ name, prefix, open }) => {
  const uriAt = (url: string) => (name === 'http' ? `${url}/x` : `${prefix}x`);
  const part = (answer: (response: ServerResponse, request: IncomingMessage) => void) => serve((q, r) => answer(r, q));

  test.each([
    ['another beginning', 'bytes 1-100/1000', 100],
    ['another place', 'bytes 500-599/1000', 100],
    ['more than was asked for', 'bytes 0-199/1000', 200],
    ['all', 'bytes 0-999/1000', 1000],
    ['an end before the beginning', 'bytes 0--1/1000', 100],
    ['an end behind the object', 'bytes 0-99/50', 100],
    ['another unit', 'items 0-99/1000', 100],
    ['no place at all', undefined, 100],
  ])('206 with %s is an error, told once', async (_, range, length) => {
    let requests = 0;
    const url = await part((response) => {
      requests++;
      const headers = { 'content-length': length, ...(range === undefined ? {} : { 'content-range': range }) };
      response.writeHead(206, headers).end(bytes.subarray(0, length));
    });
    const error = await failure((await open(url)).readRange(uriAt(url), 0, 100));
    expect(error).toMatchObject({ code: 'IO', source: uriAt(url) });
    expect(error.message).toMatch(/expected bytes 0 to 99, the server answered with /);
    expect(requests).toBe(1);
  });

  test.each(['with a length', 'without one'])(
    '206 with a body that is longer than it says is an error, %s',
    async (how) => {
      const url = await part((response) => {
        const length = how === 'without one' ? {} : { 'content-length': 200 };
        response.writeHead(206, { 'content-range': 'bytes 0-99/1000', ...length }).end(bytes.subarray(0, 200));
      });
      const error = await failure((await open(url)).readRange(uriAt(url), 0, 100));
      expect(error.message).toMatch(/expected bytes 0 to 99, the server answered with 200 bytes/);
      const blocks = (await open(url)).readStream(uriAt(url));
      const all = async () => {
        for await (const _ of blocks);
      };
      expect((await failure(all())).code).toBe('IO');
    },
  );

  test('a shorter part than was asked for is read on', async () => {
    const url = await part((response, { headers: { range } }) => {
      const [from, to] = /(\d+)-(\d+)/.exec(range!)!.slice(1).map(Number) as [number, number];
      const end = Math.min(to, from + 29);
      response.writeHead(206, { 'content-range': `bytes ${from}-${end}/1000`, 'content-length': end - from + 1 });
      response.end(bytes.subarray(from, end + 1));
    });
    const found = await (await open(url)).readRange(uriAt(url), 0, 100);
    expect(Buffer.from(found).equals(bytes.subarray(0, 100))).toBe(true);
  });

  const drips = (send: (response: ServerResponse) => void): RequestListener => {
    return (_, response) => {
      send(response);
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    };
  };
  const pace = { leastBytes: 1 << 20, spanMs: 500 };

  test('a body that drips ends, though every try brings something', async () => {
    let requests = 0;
    const url = await serve(
      drips((response) => {
        requests++;
        response.writeHead(200, { 'content-length': 1e9 });
      }),
    );
    const patient = { ...impatience, tries: 1000, pace };
    const error = await failure((await open(url, patient)).read(uriAt(url)));
    expect(error).toMatchObject({ code: 'IO', source: uriAt(url) });
    expect(String(error.cause)).toMatch(/too slow/);
    expect(requests).toBe(3);
  });

  test('a body that comes at once is left alone, however long it is worked on', async () => {
    const url = await serve((_, response) => response.writeHead(200, { 'content-length': 1000 }).end(bytes));
    const patient = { ...impatience, pace };
    const blocks = (await open(url, patient)).readStream(uriAt(url));
    let length = 0;
    for await (const block of blocks) {
      // Longer than two spans.
      await new Promise((resolve) => setTimeout(resolve, 1200));
      length += block.length;
    }
    expect(length).toBe(1000);
  });
});

test('http: headers that drip end', async () => {
  const url = await serve((request) => {
    const { socket } = request;
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write('x'), 5);
    socket.on('close', () => clearInterval(timer));
  });
  const pace = { leastBytes: 1 << 20, spanMs: 500 };
  expect((await failure(openHttp({ ...impatience, pace }).read(`${url}/x`))).message).toMatch(/too slow/);
});

test('http: the length of what has no end is told by its header, or by the part that was asked for', async () => {
  const url = await serve((request, response) => {
    if (request.method === 'HEAD') response.writeHead(403).end();
    else response.writeHead(200, { 'content-length': 1e12 }).write(bytes);
  });
  expect(await openHttp(impatience).stat(`${url}/x`)).toMatchObject({ size: 1e12 });
});

test('a refusal that goes on for ever is told by its beginning', async () => {
  const url = await serve((_, response) => {
    response.writeHead(403);
    response.write('<Error><Code>AccessDenied</Code></Error>');
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1 << 16, 32)));
    };
    response.on('drain', more);
    more();
  });
  const error = await failure((await s3.open(url)).read('s3://bucket/x'));
  expect(error).toMatchObject({ code: 'ACCESS' });
  expect(error.message).toContain('AccessDenied');
});

test('BOWERBIRD_LEAST_SPEED is bytes a second, 0 for any; else USAGE', () => {
  expect([speedOf(undefined), speedOf('0'), speedOf('5000')]).toEqual([1024, 0, 5000]);
  for (const wrong of ['fast', '-1', '1.5', '1K']) expect(() => speedOf(wrong)).toThrow(/BOWERBIRD_LEAST_SPEED/);
});
