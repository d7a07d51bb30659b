/** A handler that does nothing while what it began is not over: a second press means the same. */
export function once<A extends unknown[]>(f: (...args: A) => Promise<unknown>): (...args: A) => Promise<void> {
  let busy = false;
  return async (...args) => {
    if (args[0] instanceof Event) args[0].preventDefault();
    if (busy) return;
    busy = true;
    try {
      await f(...args);
    } finally {
      busy = false;
    }
  };
}
