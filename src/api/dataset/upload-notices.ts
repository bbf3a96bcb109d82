/** How far an upload has come, told every ten seconds. */

const everyMs = 10_000;

export interface UploadNotices {
  /** Of all commits together. */
  onBytes(sent: number): void;
  /** Begins to tell of the upload of a chunk of so many bytes; what it returns ends that. */
  onCommit(chunk: string, bytes: number): () => void;
}

export function uploadNotices(onNotice: ((notice: string) => void) | undefined): UploadNotices {
  let sent = 0;
  return {
    onBytes(bytes) {
      sent = bytes;
    },
    onCommit(chunk, bytes) {
      const before = sent;
      const tell = () => onNotice?.(`Uploading ${chunk}: ${megabytes(sent - before)} of ${megabytes(bytes)} MB sent`);
      const timer = setInterval(tell, everyMs);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
