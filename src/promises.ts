/** Promises that are begun before they are waited for. */

/** Says that somebody awaits it further on: until then, and when its caller has left by then, a failure must not end the process as unhandled. */
export function takenUpLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
