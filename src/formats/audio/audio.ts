/** What every audio format says about a recording, and the shapes in which samples are handed out. */

import type { Stop } from '../../bytes.ts';
import type { ErrorCode } from '../../errors.ts';

/** What a header says. Read from a few KiB of the file, no samples touched. */
export interface AudioInfo {
  readonly format: AudioFormat;
  /** How samples are kept: `pcm` integers, `float`, G.711 `alaw` or `mulaw`, or a codec by its name. */
  readonly codec: 'pcm' | 'float' | 'alaw' | 'mulaw' | 'flac' | 'mp3' | 'vorbis' | 'opus';
  /** In Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /**
   * Bit i stands for speaker i of WAVEFORMATEXTENSIBLE; channels are handed out in the order of these bits. 0 or absent: the file does not say
   * where its channels belong, and they come as they stand in it.
   */
  readonly channelMask?: number;
  /** Bits that mean something in a sample: 8 to 64 for WAV, 4 to 32 for FLAC; 8 for A-law and mu-law; 0 where a codec has none. */
  readonly bitsPerSample: number;
  /** Full scale of the integers that `int16` and `int32` give is 2^(integerBits - 1); 0: the samples are no integers. */
  readonly integerBits: number;
  /** Samples of one channel; undefined when the header does not say and only decoding tells. */
  readonly frames: number | undefined;
  readonly durationSeconds: number | undefined;
  /** Of all samples, 32 lower-case hex digits as FLAC defines it; absent when the file does not hold one. */
  readonly md5?: string;
  readonly tags: AudioTags;
  /** What is odd about the file although it can be read: one sentence each. */
  readonly notes: readonly string[];
}

/** What the recorder or an editor wrote beside the samples. Every member is absent when the file does not hold it. */
export interface AudioTags {
  /** LIST/INFO of WAV by its four letters (`IART`, `ICMT`), text frames of ID3 by theirs (`TIT2`), Vorbis comments by their upper-case names. */
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

/** What an AudioMoth writes into its comment; what cannot be read of it is absent. Temperatures in degrees Celsius, voltages in volts. */
export interface AudioMothTags {
  /** Sixteen hexadecimal digits; where the comment names a deployment instead, from IART or ARTIST. */
  readonly deviceId?: string;
  /** Sixteen hexadecimal digits that a deployment was given. */
  readonly deploymentId?: string;
  /** Start of the recording, ISO 8601 with its offset: `2024-05-28T10:00:00+00:00`. Local time without an offset where the zone cannot be read. */
  readonly start?: string;
  readonly gain?: string;
  readonly batteryVolts?: number;
  /** The battery was above (`>`) or below (`<`) the range that the recorder measures. */
  readonly batteryBound?: '>' | '<';
  readonly temperature?: number;
}

/** `ogg` is the container of Vorbis, Opus and FLAC alike; FLAC in it is `flac`. */
export type AudioFormat = 'wav' | 'flac' | 'mp3' | 'ogg-vorbis' | 'opus';

/** What samples come as. Integers are the file's own values; floats are those divided by 2^(bits - 1), so full scale is [-1, 1). */
export interface SampleArrays {
  readonly float32: Float32Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
}
export type SampleType = keyof SampleArrays;
export type SampleArray = SampleArrays[SampleType];

/** A stretch of a recording. A *frame* is one sample of every channel. */
export interface AudioBlock<D extends SampleType = SampleType> {
  /** Frame of the recording, counted from 0. */
  readonly start: number;
  readonly frames: number;
  /** Interleaved, or planar: channel c at [c * frames, (c + 1) * frames). Valid until the next step: copy what is kept. */
  readonly samples: SampleArrays[D];
}

/** A stretch that the file does not give. */
export interface AudioGap {
  /** First frame that is missing, and its time. */
  readonly start: number;
  readonly seconds: number;
  /** Frames of silence that stand in its place; 0 when nobody knows how many are missing. */
  readonly frames: number;
  /** Bytes of the file that are damaged; length 0 where something is just not there. In FLAC in Ogg: of the FLAC stream inside. */
  readonly offset: number;
  readonly length: number;
  /** Index of the first frame of FLAC or MP3 that is missing; in Vorbis and Opus that of the page behind the gap. */
  readonly record: number;
  readonly code: ErrorCode;
  readonly reason: string;
  /**
   * Set where no sample of the recording is missing: "other-recording" begins here, and is left out; "rate-change": frames of FLAC say another
   * sample rate from here on, and their samples are given as they are.
   */
  readonly fault?: GapFault;
}
export type GapFault = 'other-recording' | 'rate-change';

/** Something odd that loses no sample, found while decoding. */
export interface AudioNote {
  readonly kind: NoteKind;
  /** A sentence. */
  readonly text: string;
}
export type NoteKind =
  /** Told of by the header: what `notes` of {@link AudioInfo} holds. */
  | 'header'
  | 'trailing-bytes'
  | 'total-samples'
  | 'starts-late'
  | 'numbering'
  | 'channels'
  | 'frame-size'
  | 'ogg-pages'
  | 'other-streams';

export interface ReadOptions<D extends SampleType = SampleType> {
  /** First frame, default 0; and the first one that is not wanted, default the end. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Default float32. */
  readonly dtype?: D | undefined;
  /** Default false: interleaved. */
  readonly planar?: boolean | undefined;
  /** Put silence where the file is damaged and go on, instead of failing. Default false. */
  readonly lenient?: boolean | undefined;
  /** Check the MD5 of the header, when it has one and the whole recording is read. Default false. */
  readonly verify?: boolean | undefined;
  /** Told of each gap of a lenient read, in order, before the block that follows it. */
  readonly onGap?: ((gap: AudioGap) => void) | undefined;
  /** Told once of each kind, at the end. */
  readonly onNote?: ((note: AudioNote) => void) | undefined;
  readonly stop?: Stop | undefined;
}

/** Part of an array that samples can be written to: interleaved from value `at` on when `plane` is 0, else channel c from at + c * plane. */
export interface Room<D extends SampleType = SampleType> {
  readonly array: SampleArrays[D];
  readonly at: number;
  /** Room for this many frames. */
  readonly frames: number;
  readonly plane: number;
}

/** Gives room for at least so many frames; what was written to the last room and not taken is written over. */
export type RoomMaker<D extends SampleType = SampleType> = (least: number) => Room<D>;

/** Frames that were written: they begin `skip` frames into the room. */
export interface FilledRoom<D extends SampleType = SampleType> {
  readonly room: Room<D>;
  readonly skip: number;
  readonly start: number;
  readonly frames: number;
}

/** An open recording of any format. The byte source stays its owner's to close. */
export interface AudioReader {
  readonly info: AudioInfo;
  /** Any range, in order, in constant memory. */
  blocks<D extends SampleType = 'float32'>(options?: ReadOptions<D>): AsyncGenerator<AudioBlock<D>, void, void>;
  /** The same into memory of the caller's, where the format's reader can do that without copying. */
  fill?<D extends SampleType>(options: ReadOptions<D>, room: RoomMaker<D>): AsyncGenerator<FilledRoom<D>, void, void>;
}

/** How the channels of a frame become what a caller gets. */
export type ChannelMode = 'interleaved' | 'planar' | 'mean' | number;
