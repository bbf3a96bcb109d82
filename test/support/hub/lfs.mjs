/** Large files on their way to the Hub in tests: the batch call, basic and multipart transfers. */

import { createHash, randomUUID } from 'node:crypto';
import { mayWrite } from './writing.mjs';

const json = 'application/vnd.git-lfs+json';

export async function lfsRequest(call) {
  const { hub, pathname, method, searchParams, headers, end, refuse, request, entry, fault } = call;
  const [, name] = /^\/datasets\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/.exec(pathname) ?? [];
  if (name !== undefined && method === 'POST') {
    await batch(call, name);
    return true;
  }
  const [, kind, id, number] = /^\/lfs\/(put|part)\/([^/]+)(?:\/(\d+))?$/.exec(pathname) ?? [];
  if (kind !== undefined && method === 'PUT') {
    const counted = (async function* () {
      for await (const block of request) {
        entry.received += block.length;
        yield block;
      }
    })();
    if (headers.authorization !== undefined) {
      await call.body();
      refuse(400, 'Only one auth mechanism allowed');
      return true;
    }
    if (searchParams.get('signature') !== 'secret') {
      await call.body();
      end(403, '<Error><Code>AccessDenied</Code></Error>');
      return true;
    }
    if (kind === 'put') await put(call, id, counted);
    else await putPart(call, hub.uploads.get(id), Number(number), counted, fault);
    return true;
  }
  if (pathname === '/api/complete_multipart' && method === 'POST') {
    await complete(call, searchParams.get('uploadId'));
    return true;
  }
  return false;
}

async function batch(call, name) {
  const { hub, headers, end, refuse } = call;
  const body = JSON.parse((await call.body()).toString());
  if (!mayWrite(call)) return;
  if (hub.repos[name] === undefined) return refuse(404, 'Repository not found', 'RepoNotFound');
  if (!String(headers.accept).includes('git-lfs')) return refuse(406, 'expected Accept: application/vnd.git-lfs+json');
  const { operation, transfers, hash_algo: hash, objects } = body;
  if (operation !== 'upload' || !/^sha_?256$/.test(hash ?? 'sha256'))
    return refuse(400, 'expected an upload by sha256');
  if (objects.length > 100) return refuse(413, 'Too many objects');
  const { partBytes, xet } = hub.options;
  const isXet = xet === true && transfers.includes('xet');
  const isParts = partBytes !== undefined && transfers.includes('multipart');
  const answers = objects.map(({ oid, size }) => {
    if (!/^[0-9a-f]{64}$/.test(oid)) return { oid, size, error: { code: 422, message: 'Invalid oid' } };
    if (hub.objects.sizeOf(oid) === size) return { oid, size };
    if (isXet) return { oid, size, actions: { upload: xetUpload(hub, name) } };
    if (isParts && size > partBytes) return { oid, size, actions: { upload: partsUpload(hub, oid, size) } };
    const href = `${hub.url}/lfs/put/${oid}?size=${size}&signature=secret`;
    return { oid, size, actions: { upload: { href } } };
  });
  const transfer = isXet ? 'xet' : isParts ? 'multipart' : 'basic';
  end(200, JSON.stringify({ transfer, objects: answers }), { 'content-type': json });
}

function xetUpload(hub, name) {
  return {
    href: `${hub.url}/api/datasets/${name}/xet-write-token/main`,
    header: {
      'X-Xet-Cas-Url': `${hub.url}/cas`,
      'X-Xet-Access-Token': hub.xetToken,
      'X-Xet-Token-Expiration': `${Math.floor(Date.now() / 1000) + 3600}`,
      'X-Xet-Session-Id': randomUUID(),
    },
  };
}

function partsUpload(hub, oid, size) {
  const id = `upload-${hub.uploads.size}`;
  const { partBytes } = hub.options;
  const count = Math.ceil(size / partBytes);
  hub.uploads.set(id, { id, oid, size, count, parts: new Map() });
  const header = { chunk_size: `${partBytes}` };
  for (let n = 1; n <= count; n++) {
    header[`${n}`.padStart(5, '0')] = `${hub.url}/lfs/part/${id}/${n}?signature=secret`;
  }
  return { href: `${hub.url}/api/complete_multipart?uploadId=${id}&signature=secret`, header };
}

async function put({ hub, searchParams, headers, end }, oid, blocks) {
  const taken = await hub.objects.take(blocks);
  const size = Number(searchParams.get('size'));
  if (size === 0) return end(501, '<Error><Code>NotImplemented</Code></Error>');
  hub.taken.basic += taken.size;
  if (Number(headers['content-length']) !== taken.size || taken.size !== size || taken.oid !== oid) {
    taken.drop();
    hub.complaints.push(`PUT of ${taken.size} bytes with SHA-256 ${taken.oid}, expected ${size} and ${oid}`);
    return end(400, '<Error><Code>BadDigest</Code></Error>');
  }
  taken.keep();
  end(200, '', { etag: `"${oid.slice(0, 32)}"` });
}

async function putPart({ hub, end }, upload, number, blocks, fault) {
  if (upload === undefined) {
    for await (const _ of blocks);
    return end(404, '<Error><Code>NoSuchUpload</Code></Error>');
  }
  const parts = [];
  for await (const block of blocks) parts.push(block);
  const bytes = Buffer.concat(parts);
  hub.taken.parts += bytes.length;
  const { partBytes } = hub.options;
  const expected = number < upload.count ? partBytes : upload.size - partBytes * (upload.count - 1);
  if (bytes.length !== expected) return end(400, '<Error><Code>EntityTooSmall</Code></Error>');
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
  upload.parts.set(number, { bytes, etag: fault?.kind === 'wrong-etag' ? '"kept otherwise"' : etag });
  end(200, '', { etag });
}

async function complete(call, id) {
  const { hub, end, refuse } = call;
  const { oid, parts } = JSON.parse((await call.body()).toString());
  const upload = hub.uploads.get(id);
  if (upload === undefined || upload.oid !== oid) return refuse(404, 'The specified upload does not exist');
  const isWhole =
    parts.length === upload.count &&
    parts.every(({ partNumber, etag }, n) => partNumber === n + 1 && upload.parts.get(partNumber)?.etag === etag);
  if (!isWhole) return refuse(400, 'One or more of the specified parts could not be found');
  const taken = await hub.objects.take([...upload.parts].sort(([a], [b]) => a - b).map(([, { bytes }]) => bytes));
  hub.uploads.set(id, undefined);
  if (taken.oid !== oid || taken.size !== upload.size) {
    taken.drop();
    hub.complaints.push(`parts make a file of SHA-256 ${taken.oid}, expected ${oid}`);
    return refuse(400, 'BadDigest');
  }
  taken.keep();
  end(200, JSON.stringify({ success: true }), { 'content-type': json });
}
