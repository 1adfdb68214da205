/** tolerance is by how much clocks may differ before signatures are at risk: servers allow 15 minutes. */
const tolerance = 4 * 60_000; // ms

/**
 * ServerClock is the server's time, as far as this computer's clock is known to be wrong:
 * signatures carry the time, and are refused when it is far from the server's.
 */
export class ServerClock {
  /** offset is what is added to this computer's time, in milliseconds; 0 while they agree. */
  offset = 0;
  private readonly listeners = new Set<() => void>();

  now(): Date {
    return new Date(Date.now() + this.offset);
  }

  /** observe takes the Date of an answer, and reports whether the clock had to be set by it. */
  observe(date: string | null): boolean {
    const server = Date.parse(date ?? '');
    if (Number.isNaN(server) || Math.abs(server - this.now().getTime()) < tolerance) return false;
    const offset = server - Date.now();
    this.offset = Math.abs(offset) < tolerance ? 0 : offset;
    for (const listener of this.listeners) listener();
    return true;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
