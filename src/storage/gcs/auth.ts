/** Access to Google Cloud Storage: tokens from wherever Google's own tools would take them. */

import { systemError } from '../../errors.ts';
import { bareCause } from '../../secrets.ts';
import type { Env } from '../env.ts';

/** Headers for a request, or undefined when there are no credentials: then only what is public can be read. */
export type GcsAccess = () => Promise<{ readonly [name: string]: string } | undefined>;

const scope = 'https://www.googleapis.com/auth/devstorage.read_write';

/** A key file (GOOGLE_APPLICATION_CREDENTIALS), `gcloud auth application-default login`, federated identity, or the machine's own account. */
export function gcsAccess(env: Env): GcsAccess {
  const keyFilename = env('GOOGLE_APPLICATION_CREDENTIALS');
  let client: Promise<{ getRequestHeaders(): Promise<Headers> } | undefined> | undefined;
  const open = async () => {
    const { GoogleAuth } = await import('google-auth-library');
    const options = { scopes: [scope], ...(keyFilename === undefined ? {} : { keyFilename }) };
    // Else a machine that is not Google's is asked over the network whether it is, for seconds, and a warning is printed.
    const detection = process.env['METADATA_SERVER_DETECTION'];
    if (detection === undefined) process.env['METADATA_SERVER_DETECTION'] = 'bios-only';
    try {
      return await new GoogleAuth(options).getClient();
    } catch (error) {
      // A file that was named must be good; that nothing was found anywhere may be meant.
      if (keyFilename === undefined) return undefined;
      throw systemError('use the Google credentials in', keyFilename, bareCause(error));
    } finally {
      if (detection === undefined) delete process.env['METADATA_SERVER_DETECTION'];
    }
  };
  return async () => {
    client ??= open();
    const headers = await (await client)?.getRequestHeaders().catch((error) => {
      // The library's errors hold requests and answers, with keys and tokens in them.
      throw bareCause(error);
    });
    return headers === undefined ? undefined : Object.fromEntries(headers);
  };
}
