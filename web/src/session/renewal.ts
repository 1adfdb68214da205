import { isExpired } from '../api/errors';
import type { Credentials } from '../api/operations';

/** Asked is a sign-in that requests wait for; answered resolves to whether it was made. */
interface Asked {
  answered: Promise<boolean>;
  answer: (made: boolean) => void;
}

/**
 * Renewal holds the credentials that requests are signed with. A request that the server refuses
 * because they have expired waits until the visitor has signed in again, and is done once more:
 * what was on the page stays there.
 */
export class Renewal {
  /** onExpired is told that a request waits; without it, the refusal is final. */
  onExpired?: () => void;
  private asked?: Asked;

  constructor(private credentials: Credentials) {}

  /** current gives the credentials as the SDK's clients ask for them: long over, lest they keep them. */
  readonly current = () => Promise.resolve({ ...this.credentials, expiration: new Date(0) });

  /** through does a request, and again with newer credentials when those it used have expired. */
  async through<T>(request: () => Promise<T>): Promise<T> {
    const used = this.credentials;
    try {
      return await request();
    } catch (error) {
      if (!isExpired(error) || !this.onExpired) throw error;
      if (this.credentials === used) await this.ask(error);
      return await request();
    }
  }

  /** renew lets the requests that wait go on with other credentials. */
  renew(credentials: Credentials): void {
    this.credentials = credentials;
    this.settle(true);
  }

  /** decline fails the requests that wait, each with the server's refusal. */
  decline(): void {
    this.settle(false);
  }

  private settle(made: boolean): void {
    this.asked?.answer(made);
    this.asked = undefined;
  }

  private async ask(refusal: unknown): Promise<void> {
    if (!this.asked) {
      let answer: Asked['answer'] = () => undefined;
      this.asked = { answered: new Promise((resolve) => (answer = resolve)), answer: (made) => answer(made) };
      this.onExpired?.();
    }
    if (!(await this.asked.answered)) throw refusal;
  }
}
