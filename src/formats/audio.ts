/** What every audio format says about a recording, and the shapes in which samples are handed out. */

/** What a header says. Read from a few KiB of the file, no samples touched. */
export interface AudioInfo {
  readonly format: 'wav' | 'flac';
  /** How samples are kept: `pcm` integers, `float`, G.711 `alaw` or `mulaw`, or `flac`. */
  readonly codec: 'pcm' | 'float' | 'alaw' | 'mulaw' | 'flac';
  /** In Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits that mean something in a sample: 8 to 64 for WAV, 4 to 32 for FLAC; 8 for A-law and mu-law. */
  readonly bitsPerSample: number;
  /** Samples of one channel. */
  readonly frames: number;
  readonly durationSeconds: number;
  readonly tags: AudioTags;
  /** What is odd about the file although it can be read: one sentence each. */
  readonly notes: readonly string[];
}

/** What the recorder or an editor wrote beside the samples. Every member is absent when the file does not hold it. */
export interface AudioTags {
  /** LIST/INFO of WAV by its four letters (`IART`, `ICMT`), Vorbis comments of FLAC by their upper-case names. */
  readonly info?: Readonly<Record<string, string>>;
  readonly bext?: BroadcastTags;
  /** Grand Unified Acoustic Notation Ontology (GUANO): `Make`, `Timestamp`, `Loc Position`, `Vendor|Key`, ... as written. */
  readonly guano?: Readonly<Record<string, string>>;
  readonly audiomoth?: AudioMothTags;
}

/** The `bext` chunk of Broadcast Wave (EBU Tech 3285). */
export interface BroadcastTags {
  readonly version: number;
  readonly description: string;
  readonly originator: string;
  readonly originatorReference: string;
  /** As written, by the specification `yyyy-mm-dd`. */
  readonly originationDate: string;
  /** As written, by the specification `hh:mm:ss`. */
  readonly originationTime: string;
  /** Samples since midnight. */
  readonly timeReference: number;
  readonly codingHistory: string;
}

/** What an AudioMoth writes into its comment. Temperatures in degrees Celsius, voltages in volts. */
export interface AudioMothTags {
  /** Sixteen hexadecimal digits, or the name a deployment was given. */
  readonly deviceId: string;
  /** Start of the recording, ISO 8601 with its offset: `2024-05-28T10:00:00+00:00`. */
  readonly start: string;
  readonly gain?: string;
  readonly batteryVolts?: number;
  /** The battery was above (`>`) or below (`<`) the range that the recorder measures. */
  readonly batteryBound?: '>' | '<';
  readonly temperature?: number;
}

/** How the channels of a frame become what a caller gets. */
export type ChannelMode = 'interleaved' | 'planar' | 'mean' | number;
