// AudioMDB's example of a converter: an HTTP API that lists samples, and where their sound is.
import { Converter } from 'bowerbird';

export class APIConverter extends Converter {
  get converterName() {
    return 'api';
  }

  get datasetName() {
    return `api_data_${this.options.endpoint.split('/').at(-1)}`;
  }

  async *samples() {
    // Options are kept in the dataset's journal. A token is not one of them.
    const { samples } = await this.get(this.options.endpoint, process.env.API_TOKEN).then((reply) => reply.json());
    for (const { audio_url, transcript, speaker_id } of samples) {
      const sound = await this.get(audio_url);
      yield { audio: new Uint8Array(await sound.arrayBuffer()), text: transcript, speaker_id };
    }
  }

  async get(url, token) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const reply = await fetch(url, { headers, signal: AbortSignal.timeout(60_000) });
    if (!reply.ok) throw new Error(`Cannot get ${url}: the server answered ${reply.status}`);
    return reply;
  }
}
