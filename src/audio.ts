/** `bowerbird/audio`: what reads and writes recordings, without the rest. */

import './globals.ts';

export type { AudioInput, AudioShapeOptions } from './api/audio-input.ts';
export {
  type EncodeFlacOptions,
  encodeFlac,
  type FlacAudio,
  type WriteFlacOptions,
  type WrittenFlac,
} from './api/encode-flac.ts';
export { type Audio, decodeAudio, probeAudio, type ReadAudioOptions, readAudio } from './api/read-audio.ts';
export { type ReadAudioWindowsOptions, readAudioWindows } from './api/read-audio-windows.ts';
export { type WavAudio, type WriteWavOptions, type WrittenWav, writeWav } from './api/write-wav.ts';
export type { ByteSource } from './bytes.ts';
export { BowerbirdError, type ErrorCode, type ErrorPlace, type SerializedError } from './errors.ts';
export type {
  AudioFormat,
  AudioGap,
  AudioInfo,
  AudioMothTags,
  AudioNote,
  AudioTags,
  BroadcastTags,
  GapFault,
  NoteKind,
  SampleArray,
  SampleArrays,
  SampleType,
} from './formats/audio/audio.ts';
export type { ResampleQuality } from './formats/audio/resample.ts';
export type { AudioWindow } from './formats/audio/windows.ts';
export type { WavSampleType } from './formats/wav/writer.ts';
