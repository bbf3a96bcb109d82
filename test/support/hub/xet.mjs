/**
 * The content-addressed storage behind the Hub in tests: xorbs are unpacked, files put together again by the shards that tell of them, and kept
 * by the SHA-256 of what came out. https://huggingface.co/docs/xet
 */

export async function xetRequest(call) {
  const { hub, pathname, method, headers, end, refuse } = call;
  if (method === 'GET' && /^\/api\/datasets\/[^/]+\/[^/]+\/xet-(write|read)-token\//.test(pathname)) {
    end(200, { accessToken: hub.xetToken, casUrl: `${hub.url}/cas`, exp: Math.floor(Date.now() / 1000) + 3600 });
    return true;
  }
  if (!pathname.startsWith('/cas/')) return false;
  const body = await call.body();
  if (headers.authorization !== `Bearer ${hub.xetToken}`) {
    refuse(401, 'the token has expired');
    return true;
  }
  if (method === 'GET' && /^\/cas\/v1\/chunks\/default\/[0-9a-f]{64}$/.test(pathname)) {
    refuse(404, 'no such chunk');
    return true;
  }
  const [, hash] = /^\/cas\/v1\/xorbs\/default\/([0-9a-f]{64})$/.exec(pathname) ?? [];
  if (method === 'POST' && hash !== undefined) {
    hub.taken.xorbs += body.length;
    hub.xorbs.set(hash, chunksOf(body));
    end(200, { was_inserted: true });
    return true;
  }
  if (method === 'POST' && pathname === '/cas/v1/shards') {
    await shard(call, body);
    return true;
  }
  return false;
}

const chunkHeader = 8;

/** The chunks of a xorb, unpacked. */
export function chunksOf(xorb) {
  const chunks = [];
  for (let at = 0; at < xorb.length; ) {
    const [version, scheme] = [xorb[at], xorb[at + 4]];
    if (version !== 0) throw new Error(`a chunk of version ${version}`);
    const packed = xorb.readUIntLE(at + 1, 3);
    const length = xorb.readUIntLE(at + 5, 3);
    const bytes = xorb.subarray(at + chunkHeader, at + chunkHeader + packed);
    if (bytes.length !== packed) throw new Error('a chunk goes beyond the end of its xorb');
    const chunk = unpacked(bytes, scheme, length);
    if (chunk.length !== length) throw new Error(`a chunk of ${length} bytes has ${chunk.length}`);
    chunks.push(chunk);
    at += chunkHeader + packed;
  }
  return chunks;
}

function unpacked(bytes, scheme, length) {
  if (scheme === 0) return bytes;
  if (scheme === 1) return lz4(bytes, length);
  if (scheme === 2) return regrouped(lz4(bytes, length));
  throw new Error(`a chunk packed in the way ${scheme}`);
}

/** Every fourth byte stands together. */
function regrouped(bytes) {
  const whole = Buffer.alloc(bytes.length);
  let at = 0;
  for (let group = 0; group < 4; group++) for (let n = group; n < whole.length; n += 4) whole[n] = bytes[at++];
  return whole;
}

/** An LZ4 frame. https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
function lz4(frame, length) {
  if (frame.readUInt32LE(0) !== 0x184d2204) throw new Error('no LZ4 frame');
  const flags = frame[4];
  let at = 6 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1;
  const out = Buffer.alloc(length);
  let end = 0;
  for (;;) {
    const size = frame.readUInt32LE(at);
    at += 4;
    if (size === 0) break;
    const stored = size >>> 31 === 1;
    const block = frame.subarray(at, at + (size & 0x7fffffff));
    if (stored) {
      block.copy(out, end);
      end += block.length;
    } else end = lz4Block(block, out, end);
    at += block.length + (flags & 16 ? 4 : 0);
  }
  return out.subarray(0, end);
}

function lz4Block(block, out, start) {
  let [at, end] = [0, start];
  const more = (count) => {
    if (count !== 15) return count;
    for (let total = count; ; ) {
      const next = block[at++];
      total += next;
      if (next !== 255) return total;
    }
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = more(token >> 4);
    block.copy(out, end, at, at + literals);
    at += literals;
    end += literals;
    if (at >= block.length) break;
    const back = block.readUInt16LE(at);
    at += 2;
    const match = more(token & 15) + 4;
    for (let n = 0; n < match; n++) out[end + n] = out[end + n - back];
    end += match;
  }
  return end;
}

const entryBytes = 48;
const shardHeader = 48;

async function shard({ hub, end, refuse }, bytes) {
  let at = shardHeader;
  for (;;) {
    if (bytes.subarray(at, at + 32).every((byte) => byte === 0xff)) break;
    const flags = bytes.readUInt32LE(at + 32);
    const count = bytes.readUInt32LE(at + 36);
    at += entryBytes;
    const parts = [];
    for (let n = 0; n < count; n++, at += entryBytes) {
      const xorb = hub.xorbs.get(hashIn(bytes, at));
      if (xorb === undefined) return refuse(400, 'a shard tells of a xorb that is not there');
      const length = bytes.readUInt32LE(at + 36);
      const chunks = xorb.slice(bytes.readUInt32LE(at + 40), bytes.readUInt32LE(at + 44));
      if (chunks.reduce((sum, chunk) => sum + chunk.length, 0) !== length)
        return refuse(400, 'a part has another length');
      parts.push(...chunks);
    }
    // Hashes that prove that the client has the chunks.
    if ((flags & 0x80000000) !== 0) at += count * entryBytes;
    if ((flags & 0x40000000) === 0) return refuse(400, 'a file without its SHA-256');
    const sha256 = hashIn(bytes, at);
    at += entryBytes;
    const taken = await hub.objects.take(parts);
    if (taken.oid !== sha256) {
      taken.drop();
      hub.complaints.push(`a shard makes a file of SHA-256 ${taken.oid}, expected ${sha256}`);
      return refuse(400, 'a file is not what its SHA-256 says');
    }
    taken.keep();
  }
  return end(200, { result: 1 });
}

/** Groups of eight bytes stand in reverse. */
function hashIn(bytes, at) {
  let text = '';
  for (let group = 0; group < 4; group++) {
    text += Buffer.from(bytes.subarray(at + group * 8, at + group * 8 + 8))
      .reverse()
      .toString('hex');
  }
  return text;
}
